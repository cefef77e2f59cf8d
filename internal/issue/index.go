package issue

// index knows where the entries of a list are, by a key of theirs.
type index[T any] struct {
	list []T
	at   map[string]int // the first entry of each key
}

func indexed[T any](list []T, key func(*T) string) index[T] {
	x := index[T]{list: list, at: make(map[string]int, len(list))}
	for n := range list {
		if k := key(&list[n]); !x.has(k) {
			x.at[k] = n
		}
	}
	return x
}

func (x index[T]) has(key string) bool {
	_, ok := x.at[key]
	return ok
}

// find finds the first entry of a list that has a key. A list that is not the one of the index, because a register was put together by
// hand or got another list, is gone through.
func (x index[T]) find(list []T, wanted string, key func(*T) string) (T, bool) {
	if len(list) > 0 && len(list) == len(x.list) && &list[0] == &x.list[0] {
		if n, ok := x.at[wanted]; ok {
			return list[n], true
		}
		var none T
		return none, false
	}
	return find(list, func(t *T) bool { return key(t) == wanted })
}

func find[T any](list []T, is func(*T) bool) (T, bool) {
	for n := range list {
		if is(&list[n]) {
			return list[n], true
		}
	}
	var none T
	return none, false
}

// indexes are those of a register.
type indexes struct {
	people     index[Person]
	units      index[Unit]
	places     index[Place]
	categories index[Category]
	chats      index[Chat]
}

func personID(p *Person) string       { return p.ID }
func unitID(u *Unit) string           { return u.ID }
func placeName(p *Place) string       { return p.Name }
func categoryName(c *Category) string { return c.Name }
func chatID(c *Chat) string           { return c.ID }

// Indexed makes the register find its entries at once, as many as there are. Its lists are not changed any more.
func (r *Register) Indexed() *Register {
	r.index = indexes{
		indexed(r.People, personID), indexed(r.Units, unitID), indexed(r.Places, placeName), indexed(r.Categories, categoryName), indexed(r.Chats, chatID),
	}
	return r
}
