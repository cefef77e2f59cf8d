package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"duban/internal/issue"
	"duban/internal/store"
)

// What a session holds.
const (
	sessionPerson = "person" // a person's id
	sessionToken  = "token"  // the hash of the token that opened it, so that a new token ends it
)

// holder is who logs in with the token: the administrator of the machine.
const holder = "口令登录"

// recognise finds out whose session it is, and what they may see now: roles are looked up at every visit, so that whoever
// lost one, or has left the register, is out at once.
func (v *visit) recognise(ctx context.Context) bool {
	if hash := v.s.sessions.GetBytes(ctx, sessionToken); len(hash) > 0 {
		if v.s.Token == "" || subtle.ConstantTimeCompare(hash, tokenHash(v.s.Token)) != 1 {
			return false
		}
		v.who = visitor{Name: holder, Roles: []issue.Role{issue.RoleAdmin, issue.RoleOffice}}
		return true
	}
	p, ok := v.world.Reg.Person(v.s.sessions.GetString(ctx, sessionPerson))
	if !ok {
		return false
	}
	units, may := Sees(v.world.Reg, p.ID)
	v.who, v.units = visitor{ID: p.ID, Name: p.Name, Roles: v.world.Reg.RolesOf(p.ID)}, units
	return may
}

// Sees says whether a person may use the dashboard, and the only units whose issues they see; none means all.
func Sees(reg *issue.Register, person string) (units []string, may bool) {
	if reg.Has(person, issue.Supervisors()...) {
		return nil, true
	}
	units = reg.UnitsOf(person)
	return units, len(units) > 0
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// loginPage asks for the token, or, under the address that the bot sent, only for a tap: programs that look at links in
// advance must not use them up.
func (v *visit) loginPage() error {
	return v.render(http.StatusOK, "login", "登录", loginView{Code: v.r.PathValue("code"), Token: v.s.Token != ""})
}

type loginView struct {
	Code  string // of a one-time link
	Token bool   // there is a token that can be entered
	Wrong string
}

// login opens a session by a one-time code or the token. The session gets a new name, so that nobody can lend a visitor one
// that they know.
func (v *visit) login() error {
	if !v.s.door.opens(v.r.RemoteAddr) {
		return denied{http.StatusTooManyRequests, "试得太多了，请过一分钟再试"}
	}
	if err := v.parse(smallForm); err != nil {
		return err
	}
	code, token := strings.TrimSpace(v.r.PostFormValue("code")), v.r.PostFormValue("token")
	ctx := v.r.Context()
	key, value, by := "", any(nil), ""
	switch {
	case code != "":
		person, err := v.redeem(code)
		if err != nil {
			return err
		}
		if person != "" {
			key, value, by = sessionPerson, person, person
		}
	case v.s.Token != "" && subtle.ConstantTimeCompare(tokenHash(token), tokenHash(v.s.Token)) == 1:
		key, value, by = sessionToken, tokenHash(token), ""
	}
	if key == "" {
		v.s.Log.Warn("dashboard login refused", "address", v.r.RemoteAddr)
		wrong := "口令不对"
		if code != "" {
			wrong = "这个链接不对，或已用过、过期"
		}
		return v.render(http.StatusUnauthorized, "login", "登录", loginView{Token: v.s.Token != "", Wrong: wrong})
	}
	if err := v.s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	if err := v.s.sessions.Clear(ctx); err != nil {
		return err
	}
	v.s.sessions.Put(ctx, key, value)
	if err := v.write(func(tx *store.Tx) error { return tx.Audit(by, "web_login", v.r.RemoteAddr) }); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, "/", http.StatusSeeOther)
	return nil
}

// redeem uses up a one-time code and gives the person whom it is for; "" if it is wrong or they may not come in any more.
func (v *visit) redeem(code string) (person string, err error) {
	err = v.write(func(tx *store.Tx) (err error) {
		person, _, err = tx.UseCode(store.CodeLogin, code)
		return err
	})
	if _, may := Sees(v.world.Reg, person); !may {
		return "", err
	}
	return person, err
}

func (v *visit) logout() error {
	if err := v.s.sessions.Destroy(v.r.Context()); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, "/login", http.StatusSeeOther)
	return nil
}

// smallForm bounds forms of a few fields, in bytes.
const smallForm = 64 << 10

// parse reads a form of at most so many bytes.
func (v *visit) parse(most int64) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, most)
	if err := v.r.ParseForm(); err != nil {
		return badRequest("内容太长或不完整，请返回重试")
	}
	return nil
}
