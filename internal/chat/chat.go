// Package chat is the contract between duban and the networks that people talk on.
//
// An adapter turns what its network delivers into Messages and carries Outgoing messages to it. It knows nothing of
// issues, units or roles. What only some networks can do is a small interface of its own, found by type assertion.
package chat

import (
	"context"
	"errors"
	"net"
	"time"
)

// Channel is one network. Every adapter passes the suite in package chattest.
type Channel interface {
	// Name is the adapter's name in the configuration and the database, for example "wechat".
	Name() string
	// Can says what the network allows. It does not change while the program runs.
	Can() Capabilities
	// Run connects, delivers what arrives to sink, and reconnects by itself until ctx ends; then it returns nil.
	// Any other return is final and its error says, in Chinese, what a person has to do.
	Run(ctx context.Context, sink Sink) error
	// Send carries one message to the network, once: it never retries by itself. It is called by one goroutine at a
	// time. Its errors are *SendError; any other error counts as worth a retry.
	Send(ctx context.Context, out Outgoing) error
}

// Sink is what a channel delivers to.
type Sink interface {
	// Receive takes one arrived message. When it returns nil, the message is either durable or needs no keeping, and
	// the adapter may let the network forget it. An error means that it was not kept: deliver it again later.
	Receive(ctx context.Context, m Message) error
	// Status tells about the connection, for logs and for the administrators.
	Status(s Status)
}

// PictureFetcher is implemented by channels that can bring pictures.
type PictureFetcher interface {
	// FetchPicture returns the bytes of a picture that arrived in a message. It checks length and type as far as the
	// network allows it; the caller checks that it is a picture. An error that wraps ErrGone says that asking again is of no
	// use.
	FetchPicture(ctx context.Context, p Picture) ([]byte, error)
}

// FileFetcher is implemented by channels that can bring files.
type FileFetcher interface {
	// FetchFile returns the bytes of a file that arrived in a message, at most limit of them: a larger file is ErrTooLarge, and is
	// not loaded to find that out where the network tells sizes. A file that came incomplete is never returned. An error that
	// wraps ErrGone or ErrTooLarge says that asking again is of no use.
	FetchFile(ctx context.Context, f File, limit int64) ([]byte, error)
}

// ErrGone says that a picture or a file cannot be had any more.
var ErrGone = errors.New("picture or file is gone")

// ErrTooLarge says that a file has more bytes than were asked for.
var ErrTooLarge = errors.New("file is too large")

// MemberLister is implemented by channels that can say who is in a group now.
type MemberLister interface {
	Members(ctx context.Context, conversationKey string) ([]Sender, error)
}

// Reacher is implemented by channels that know by themselves where they reach the register's chats, so that nobody has to bind them.
type Reacher interface {
	// Reach gives the Conversation.Key of a chat of the register; false if the channel does not reach it.
	Reach(chatID string) (conversation string, ok bool)
}

// Directory is implemented by channels that can read who is in the organisation.
type Directory interface {
	// Staff lists everybody whom the bot may see, each once, people who have left not. An error is told to the person at the terminal: where it is a
	// refusal it says in Chinese what is missing and what to do, as *Refusal.
	Staff(ctx context.Context) ([]Staff, error)
}

// Staff is somebody as the organisation's administrators entered them: unlike nicknames and group cards, nobody chooses these names
// for themselves.
type Staff struct {
	Key        string // Sender.Key
	Name       string
	Department string // "" where the network does not tell
}

// Refusal is why a network does not do what only an administrator can allow, in Chinese and with the next step.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

// Message is one arrived message. It is a value: the adapter keeps no reference to it.
type Message struct {
	Channel string // the adapter's name
	// Session names the login that the keys below belong to. Keys of one session mean nothing in another one. Networks
	// with lasting identities leave it empty.
	Session      string
	ID           string // the network's id of the message, unique within the channel: the key against doubles
	Conversation Conversation
	From         Sender
	Text         string // without sender prefix, without the quote block, without the mention of the bot; lines end in \n
	Mentioned    bool   // the bot was mentioned with @
	Quote        *Quote // what the message answers to, or nil
	Pictures     []Picture
	Files        []File
	SentAt       time.Time // by the network's clock
}

// Conversation is a group or a private chat with the bot.
type Conversation struct {
	Key     string // where to send to, unforgeable within the session
	Name    string // a group's name now, which any member may change: for showing, never for trusting
	Private bool
}

// Sender is who wrote a message.
type Sender struct {
	Key  string // unforgeable within the session
	Name string // the nickname: anyone can take any
	Card string // the name that the group shows: anyone can take any
	// Remark is the name that the bot's own phone gave to this friend, and only if no other friend bears the same one.
	// Nobody but the phone's owner can set it.
	Remark string
}

// Quote is the message that another one answers to, as far as the network tells.
type Quote struct {
	ID      string // the network's id, or "" where it tells none
	Author  string // display name of the quoted author
	Text    string // quoted text, which its sender can forge where ID is empty
	FromBot bool   // the author bears the bot's name (or certainly is the bot, where the network tells)
}

// Picture is a handle to a picture that arrived. It can be stored and fetched later in the same session.
type Picture struct {
	Ref string
}

// File is a handle to a file that arrived. It can be stored and fetched later in the same session.
type File struct {
	Ref  string
	Name string // as its sender called it
	Size int64  // in bytes, as the network says; 0 where it does not
}

// Outgoing is one message to send.
type Outgoing struct {
	ID           string // the same on every attempt, so that a network that can drops doubles
	Conversation string // Conversation.Key
	Text         string // at most Capabilities.MaxText characters
	Mentions     []Mention
	Attachment   *Attachment // sent after the text; nil for text alone
	Actions      []Action    // buttons below the text, in order; a channel without Cards gets none
}

// Action is what a person can say by tapping a button below a message. The tap arrives as a Message from whoever tapped, in the
// conversation of the button, with Text and Mentioned set and an ID of its own, and is judged like typed words.
type Action struct {
	Label string // on the button, a few characters
	Text  string // what the tap says, for example 签收 17
}

// Mention is a person to be named with @. A channel that cannot do it writes the name only.
type Mention struct {
	Key  string // Sender.Key, or "" if the person's key is not known in this session
	Name string
}

// Attachment is a picture or a file on this machine.
type Attachment struct {
	Name    string // the file name that people see
	Path    string
	Picture bool // show as a picture instead of a file
}

// Capabilities says what a network allows. It is data, so that no one asks for a channel's name.
type Capabilities struct {
	// Identified: sender keys and conversation keys are the register's own ids of people and chats. True for the
	// console and the demo, where the program itself says who speaks.
	Identified  bool
	SendOnly    bool  // nothing arrives, and nobody is known
	MentionOnly bool  // only messages that mention the bot arrive from groups
	Loose       bool  // pictures that come by themselves arrive from groups
	QuotesShown bool  // a picture that somebody quotes arrives with the quoting message
	Opens       bool  // the bot may write first where nobody has written to it yet
	Pictures    bool  // pictures can be sent
	Files       bool  // files can be sent
	Mentions    bool  // a mention rings the person's phone
	Cards       bool  // actions are shown as buttons
	Apart       bool  // a text and its file are two messages, so that one can arrive without the other
	MaxText     int   // longest text in characters; 0: no limit
	MaxFile     int64 // largest picture or file that can be sent, in bytes; 0: no limit
	PerMinute   int   // most messages a minute, all conversations together; 0: no limit
	Jitter      time.Duration
	// Conversation are the limits of each conversation for itself; all of them hold.
	Conversation []Limit
}

// Limit is how many messages a time may see, wherever the time begins.
type Limit struct {
	N   int
	Per time.Duration
}

// Status is a change of a channel's connection.
type Status struct {
	Channel string
	State   State
	Account string // the account that is logged in, as people know it
	Text    string // in Chinese, for the administrators: what happened and what to do
	QR      string // the content of a QR code to scan, only with StateScan
}

// State is the state of a channel's connection.
type State string

// The states of a connection.
const (
	StateConnecting State = "connecting"
	StateScan       State = "scan" // waits for a person to scan a QR code
	StateOnline     State = "online"
	StateOffline    State = "offline" // will try again by itself
	StateStopped    State = "stopped" // will not: banned, refused, or logged out by hand
)

// SendError is why a message was not sent.
type SendError struct {
	Err   error
	Retry bool          // false: it will never work (no such conversation, refused content)
	After time.Duration // not before this long; 0: the sender's own back-off decides
	// Unknown: it may have arrived. It is sent again under the same Outgoing.ID, so that a network that can drops the double:
	// the promise is at least once (design.md §9.3).
	Unknown bool
}

// NotConnected says that an error came before there was a connection, so that certainly nothing has arrived.
func NotConnected(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }
