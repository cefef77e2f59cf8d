package wechat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/eatmoreapple/openwechat"
)

// login does a request for a QR code or a poll whether it was scanned. The library polls again without any pause when a
// server answers an unknown code.
func (g *guard) login(req *http.Request, endpoint string) (*http.Response, error) {
	if err := g.space(req.Context(), endpoint, g.pace.LoginSpacing); err != nil {
		return nil, err
	}
	return g.again(req, func() (*http.Response, error) {
		resp, body, err := g.fetch(req, maxSmall, pollTimeout)
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("the server answered %d", resp.StatusCode)
		case !bytes.Contains(body, []byte("window.")):
			return nil, errors.New("the server did not answer a login state")
		}
		return answered(resp, body), nil
	})
}

// ticket does the request that ends a confirmed login. A refusal (1203: this account may not) comes as XML and would be
// only a text for the library; it is kept as a code here.
func (g *guard) ticket(req *http.Request) (*http.Response, error) {
	resp, body, err := g.fetch(req, maxSmall, callTimeout)
	if err != nil {
		return nil, err
	}
	var in struct {
		XMLName xml.Name `xml:"error"`
		Ret     int      `xml:"ret"`
		Message string   `xml:"message"`
		Skey    string   `xml:"skey"`
		Sid     string   `xml:"wxsid"`
		Uin     int64    `xml:"wxuin"`
		Pass    string   `xml:"pass_ticket"`
	}
	if err := xml.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("the login page is not what it should be: %w", err)
	}
	if in.Ret != 0 {
		return nil, fmt.Errorf("login refused: %s: %w", in.Message, openwechat.Ret(in.Ret))
	}
	if in.Skey == "" || in.Sid == "" || in.Uin == 0 || in.Pass == "" {
		// The next request would be refused as if the account was banned.
		return nil, errors.New("the login page lacks a key")
	}
	g.ends.confirmed()
	return answered(resp, body), nil
}

// begin does webwxinit, again if it fails on the way: after a scan nobody wants to scan again for a lost answer.
func (g *guard) begin(req *http.Request) (*http.Response, error) {
	return g.again(req, func() (*http.Response, error) {
		resp, err := g.json(req, maxSync, callTimeout)
		if err != nil {
			return nil, err
		}
		in, body, err := readInit(mustRead(resp))
		if err != nil {
			return nil, err
		}
		if in.BaseResponse.Ret == 0 {
			g.ends.begun(in)
		}
		return answered(resp, body), nil
	})
}

// notify tells the phone that a computer is logged in. It is a courtesy, but the library gives a whole login up when it
// fails; so only a code that ends the session counts. It is tried once and not for long, because the heart beats only when it is over.
func (g *guard) notify(req *http.Request) (*http.Response, error) {
	resp, err := g.json(req, maxSmall, courtesyTimeout)
	if err != nil {
		if req.Context().Err() != nil {
			return nil, err
		}
		g.log.Warn("the phone could not be told of the login", fault(err))
		return local(req, []byte(`{"BaseResponse":{"Ret":0}}`)), nil
	}
	body := mustRead(resp)
	var in struct{ BaseResponse baseReply }
	if json.Unmarshal(body, &in) == nil && !ends(int(in.BaseResponse.Ret)) {
		body = []byte(`{"BaseResponse":{"Ret":0}}`)
	}
	return answered(resp, body), nil
}

// mustRead is the body of a response that answered has filled, which cannot fail to read.
func mustRead(resp *http.Response) []byte {
	var b bytes.Buffer
	_, _ = b.ReadFrom(resp.Body)
	return b.Bytes()
}

// stub answers the library's own questions about contacts from nothing. It asks in the middle of decoding a message, up
// to three times per message while the server answers 1205, and sorts all it got for every message; the channel has its
// own index and needs none of it.
func (g *guard) stub(req *http.Request, endpoint string) (*http.Response, error) {
	if endpoint == "webwxgetcontact" {
		return local(req, []byte(`{"BaseResponse":{"Ret":0},"MemberCount":1,"MemberList":[{"UserName":"filehelper"}],"Seq":0}`)), nil
	}
	var in struct{ List []struct{ UserName string } }
	if req.Body != nil {
		if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
			return nil, fmt.Errorf("read the library's question: %w", err)
		}
	}
	type entry struct {
		UserName   string
		MemberList []map[string]string
	}
	var out struct {
		BaseResponse struct{ Ret int }
		ContactList  []entry
	}
	for _, item := range in.List {
		// One member, because the library asks again for groups without any.
		out.ContactList = append(out.ContactList, entry{item.UserName, []map[string]string{{"UserName": "filehelper"}}})
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("answer the library's question: %w", err)
	}
	return local(req, body), nil
}

// contacts does the channel's own question about contacts. An answer to webwxbatchgetcontact with more entries than were
// asked for is cut: they are told in the order of the question.
func (g *guard) contacts(req *http.Request, endpoint string) (*http.Response, error) {
	asked := -1
	if endpoint == "webwxbatchgetcontact" && req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			var in struct{ List []json.RawMessage }
			if json.NewDecoder(body).Decode(&in) == nil {
				asked = len(in.List)
			}
		}
	}
	resp, err := g.json(req, maxPicture, callTimeout)
	if err != nil {
		return nil, err
	}
	body, needs := mustRead(resp), []string{"BaseResponse", "MemberList", "Seq"}
	if endpoint == "webwxbatchgetcontact" {
		needs = []string{"BaseResponse", "ContactList"}
	}
	if err = complete(body, needs...); err == nil && asked >= 0 {
		body, err = cutList(body, asked)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimPrefix(endpoint, "webwx"), err)
	}
	return answered(resp, body), nil
}

// cutList cuts the contact list of an answer to n entries.
func cutList(body []byte, n int) ([]byte, error) {
	var in map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if raw, ok := in["ContactList"]; ok {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
	}
	if len(list) <= n {
		return body, nil
	}
	short, err := json.Marshal(list[:n])
	if err != nil {
		return nil, err
	}
	in["ContactList"] = short
	return json.Marshal(in)
}
