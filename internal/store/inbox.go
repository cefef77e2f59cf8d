package store

import "fmt"

// Arrival is a message that has to be handled, durable from before the network forgets it until its answer is.
type Arrival struct {
	ID           int64
	Channel      string
	MessageID    string
	Conversation string // orders the work: one conversation, one worker
	Body         string // the message as JSON
	ArrivedAt    int64
	DoneAt       int64
	Failure      string // reference and cause, if handling failed for good
	ClearedAt    int64  // when what it said was emptied, because it was kept long enough; 0: it was not
}

// TableName is the table's name for GORM.
func (Arrival) TableName() string { return "inbox" }

var (
	arrivalTable  = tableOf[Arrival]()
	insertArrival = arrivalTable.insert(1, true) + " ON CONFLICT (channel, message_id) DO NOTHING"
)

// AddArrival stores an arrived message and fills in its id. It returns false if the message was there already.
func (tx *Tx) AddArrival(a *Arrival) (bool, error) {
	a.ArrivedAt = micros(tx.now)
	id, err := tx.add(insertArrival, arrivalTable.values(a)[1:]...)
	if err != nil {
		return false, fmt.Errorf("store arrival: %w", err)
	}
	if id != 0 {
		a.ID = id
	}
	return id != 0, nil
}

// Arrival reads one message.
func (tx *Tx) Arrival(id int64) (Arrival, error) {
	var a Arrival
	err := tx.db.Where("id = ?", id).Take(&a).Error
	return a, wrap("read arrival", err)
}

// OpenArrivals lists the messages that are not handled yet, in order of arrival.
func (tx *Tx) OpenArrivals() ([]Arrival, error) {
	var out []Arrival
	if err := tx.db.Where("cleared_at = 0 AND done_at = 0").Order("id").Find(&out).Error; err != nil {
		return nil, fmt.Errorf("list open arrivals: %w", err)
	}
	return out, nil
}

// FinishArrival marks a message as handled, and stores it if it was not (ID 0). It returns false if it was handled already: then nothing
// of this transaction may be kept.
func (tx *Tx) FinishArrival(a Arrival, failure string) (bool, error) {
	if a.ID == 0 {
		a.DoneAt, a.Failure = micros(tx.now), failure
		return tx.AddArrival(&a)
	}
	n, err := tx.exec("UPDATE inbox SET done_at = ?, failure = ? WHERE id = ? AND done_at = 0", micros(tx.now), failure, a.ID)
	if err != nil {
		return false, fmt.Errorf("finish arrival %d: %w", a.ID, err)
	}
	return n == 1, nil
}
