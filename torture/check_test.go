package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg" // photos
	_ "image/png"  // rankings
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"duban/internal/chat/wechat/wechattest"
	"duban/internal/issue"
	"duban/internal/store"
	"duban/internal/store/storetest"
)

// check looks at what the killed program has left behind.
func (r *run) check() {
	if !store.OnServer(r.place) {
		if _, err := store.Inspect(r.Context(), r.database()); err != nil { // PRAGMA integrity_check among others
			r.Error(err)
		}
	}
	tables := storetest.Tables(r, r.database())
	r.checkArrivals(tables)
	r.checkIssues(tables)
	r.checkJobs(tables)
	r.checkPhotos(tables)
	r.checkCauses(tables)
	r.checkWire(tables)
	if left := r.unfinished(); len(left) > 0 {
		r.Errorf("unfinished files: %q", left)
	}
	if n := r.srv.Count("jslogin"); n != r.crowd.logins {
		r.Errorf("%d more QR codes were needed", n-r.crowd.logins)
	}
	if refused := r.proxy.Refused(); len(refused) > 0 {
		r.Errorf("the program asked strangers: %v", refused)
	}
}

// checkArrivals: every command is in the inbox once and done without failure, has its answer where it was said, and chatter is
// nowhere. An answer is queued in the transaction that ends the arrival, whose instant both bear.
func (r *run) checkArrivals(tables map[string][]storetest.Row) {
	inbox := map[string]storetest.Row{}
	for _, row := range tables["inbox"] {
		inbox[row["message_id"]] = row
		if row["done_at"] == "0" || row["failure"] != "" {
			r.Errorf("arrival %s: done at %s, %s", row["message_id"], row["done_at"], row["failure"])
		}
	}
	answers := map[string]bool{}
	for _, row := range tables["outbox"] {
		answers[row["target"]+"@"+row["created_at"]] = true
	}
	commands, again := 0, 0
	for _, s := range r.crowd.said {
		commands++
		again += s.again
		// A group that was not bound yet is answered by its key.
		bound := !strings.HasPrefix(s.text, "绑定本群")
		if row := inbox[s.id]; row == nil || bound && !answers["chat/"+s.where+"@"+row["done_at"]] {
			r.Errorf("no answer to %s in %s: %s", s.id, s.where, s.text)
		}
	}
	for _, id := range r.crowd.chatter {
		if inbox[id] != nil {
			r.Errorf("chatter was kept: %v", inbox[id])
		}
	}
	if want := commands + len(r.crowd.pictures); len(inbox) != want {
		r.Errorf("%d arrivals instead of %d", len(inbox), want)
	}
	r.Logf("%d commands (%d delivered again), %d pictures, %d times too late for one, %d chatter",
		commands, again, len(r.crowd.pictures), r.crowd.over, len(r.crowd.chatter))
}

// checkIssues: every issue is what its events make, and its events are what was said and confirmed, each once.
func (r *run) checkIssues(tables map[string][]storetest.Row) {
	s := storetest.OpenAt(r, r.database())
	notes := map[string]int64{}
	for _, n := range r.crowd.said {
		if n.noted != 0 {
			notes["wechat/"+n.id] = n.noted
		}
	}
	known, moves := map[int64]*matter{}, 0
	for _, m := range r.crowd.matters {
		known[m.number] = m
	}
	storetest.Read(r, s, time.Now(), func(tx *store.Tx) error {
		all, err := tx.Issues(store.Filter{})
		if err != nil || len(all) != len(r.crowd.matters) {
			r.Errorf("%d issues instead of %d (%v)", len(all), len(r.crowd.matters), err)
		}
		for _, i := range all {
			events, err := tx.Events(i.ID)
			if err != nil {
				return err
			}
			moves += len(events)
			r.checkIssue(i, events, known[i.ID], notes)
		}
		return nil
	})
	late := map[int64]int{} // another group was faster: the issue was closed when the note was handled, and its writer was told so
	for _, m := range r.srv.Sent() {
		var number int64
		if n, _ := fmt.Sscanf(m.Text, "#%d 已销号，不能记进展", &number); n == 1 && strings.Contains(m.Text, "已销号，不能记进展") {
			late[number]++
		}
	}
	for message, number := range notes {
		if late[number]--; late[number] >= 0 {
			continue
		}
		r.Errorf("#%d has no note of %s", number, message)
	}
	if len(tables["events"]) != moves {
		r.Errorf("%d events, of which %d belong to an issue", len(tables["events"]), moves)
	}
	r.Logf("%d issues, %d events", len(known), moves)
}

// steps are the actions that people take in a matter.
var steps = []issue.Action{issue.Report, issue.Sign, issue.Submit, issue.Pass, issue.Return}

func (r *run) checkIssue(i issue.Issue, events []issue.Event, m *matter, notes map[string]int64) {
	if m == nil || !strings.Contains(i.Text, m.code) {
		r.Errorf("nobody was told of #%d %s", i.ID, i.Text)
		return
	}
	if diff := cmp.Diff(i, issue.Rebuild(events)); diff != "" {
		r.Errorf("#%d is not what its events make (-row +rebuilt)\n%s", i.ID, diff)
	}
	var did []issue.Action
	for _, e := range events {
		switch {
		case e.Action == issue.Sign && e.By == "":
			r.checkAutoSign(i, e)
		case slices.Contains(steps, e.Action):
			did = append(did, e.Action)
		}
		if e.Action == issue.Note {
			if notes[e.Message] != i.ID {
				r.Errorf("#%d: a note that nobody made, or made once: %+v", i.ID, e)
			}
			delete(notes, e.Message)
		}
	}
	if diff := cmp.Diff(m.did, did); diff != "" {
		r.Errorf("#%d: (-confirmed +events)\n%s", i.ID, diff)
	}
}

// checkAutoSign: an issue counts as signed for when its unit had it long enough by the clock, and not before.
func (r *run) checkAutoSign(i issue.Issue, e issue.Event) {
	if e.At.Before(i.AssignedAt.Add(patiently)) {
		r.Errorf("#%d, assigned at %v, was signed for by itself at %v", i.ID, i.AssignedAt, e.At)
	}
}

// checkCauses: everything in the outbox was put there by a message or by a run of a job, in the transaction that ended it.
func (r *run) checkCauses(tables map[string][]storetest.Row) {
	causes := map[string]bool{}
	for _, row := range tables["inbox"] {
		causes[row["done_at"]] = true
	}
	for _, row := range tables["job_runs"] {
		causes[row["at"]] = true
	}
	for _, row := range tables["outbox"] {
		if !causes[row["created_at"]] && !strings.HasPrefix(row["dedup"], "takeover/") {
			r.Errorf("said without a cause: %v", row)
		}
	}
}

// checkWire: everything in the outbox that is due has been sent, everything that was sent is in the outbox, and what was sent twice is what
// the program could not know to have arrived: the last thing of a life, or something whose answer the network lost.
func (r *run) checkWire(tables map[string][]storetest.Row) {
	rows, withdrawn := clientIDs(tables["outbox"])
	arrived := map[string]bool{}
	last := map[string]int{} // the newest copy
	killed, dropped, woken, late := 0, 0, map[int]bool{}, 0
	sent := r.srv.Sent()
	for n, s := range sent {
		row := rows[s.ClientMsgID]
		switch {
		case row != "":
		case withdrawn[s.ClientMsgID] && tooLate.MatchString(s.Text): // while it was on its way
			late++
		default:
			r.Errorf("sent from nowhere: %s", s.Text)
		}
		if err := opens(s); err != nil {
			r.Errorf("a picture was sent that cannot be opened: %v", err)
		}
		if before, double := last[s.ClientMsgID]; double {
			switch {
			case sent[before].Unheard:
				dropped++
			case slices.Contains(r.ends, before+1): // the last that this life sent
				killed++
			case r.justWoken(n) >= 0 && !woken[r.justWoken(n)]: // it was stopped between its last look and the network
				woken[r.justWoken(n)] = true
			default:
				r.Errorf("sent twice although its answer came (%d and %d of lives that ended at %v): %s", before, n, r.ends, s.Text)
			}
		}
		last[s.ClientMsgID], arrived[row] = n, true
	}
	for _, row := range tables["outbox"] {
		switch {
		case row["state"] == store.OutSent && arrived[row["id"]]:
		case row["state"] == store.OutQueued && waits(row["dedup"], micros(row["due_at"]), r.clock.now()):
		default:
			r.Errorf("not sent, or sent and not known: %v", row)
		}
	}
	r.Logf("%d rows of the outbox, %d messages on the wire, %d withdrawn too late, twice: %d after a kill or a stop, %d when a stopped program went on, %d after the network lost the answer",
		len(tables["outbox"]), len(sent), late, killed, len(woken), dropped)
}

// opens says what is wrong with a picture that was sent.
func opens(s wechattest.Sent) error {
	const picture = 3
	if s.Kind != picture {
		return nil
	}
	_, _, err := image.Decode(bytes.NewReader(s.Data))
	return err
}

// clientIDs are the rows of the outbox by the ids under which WeChat got their parts, and the ids of those that are not there any more.
func clientIDs(outbox []storetest.Row) (rows map[string]string, withdrawn map[string]bool) {
	there, last := map[int]bool{}, 0
	for _, row := range outbox {
		id, _ := strconv.Atoi(row["id"])
		there[id], last = true, max(last, id)
	}
	rows, withdrawn = map[string]string{}, map[string]bool{}
	for id := range last + 10 { // the last ones may have been withdrawn, too
		for part := range 20 {
			for _, half := range []string{"text", "file"} {
				c := clientID(fmt.Sprintf("%d-%d/%s", id, part, half))
				if withdrawn[c] = !there[id]; there[id] {
					rows[c] = fmt.Sprint(id)
				}
			}
		}
	}
	return rows, withdrawn
}

// clientID is the id under which WeChat gets a part of a message, the same for every attempt.
func clientID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%017d", uint64(1e16)+binary.BigEndian.Uint64(sum[:])%(9*1e16))
}
