package content

import "testing"

func FuzzRead(f *testing.F) {
	f.Add("text", `{"text":"@_user_1 上报"}`)
	f.Add("post", `{"title":"t","content":[[{"tag":"img","image_key":"k"},{"tag":"at","user_id":"@_user_1"}],[]]}`)
	f.Add("file", `{"file_key":"k","file_name":"问题.xlsx"}`)
	f.Add("interactive", `{"elements":[[{"tag":"text","text":"#1"}],[{"tag":"button","text":"签收"}]]}`)
	f.Fuzz(func(t *testing.T, kind, content string) {
		b := Read("om_1", kind, content)
		if kind == "text" && len(b.Pictures)+len(b.Files) > 0 || kind == "image" && b.Text != "" {
			t.Errorf("got %+v", b)
		}
		for _, p := range b.Pictures {
			if r, ok := ParseRef(p.Ref); !ok || r.Message != "om_1" {
				t.Errorf("a picture without a reference: %+v", p)
			}
		}
	})
}
