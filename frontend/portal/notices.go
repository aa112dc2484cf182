package portal

// Notices is the page on which a contact chooses what they get mail about.
type Notices struct {
	Anonymous bool // nobody in particular: the firm handed the link out
	Email     string
	Topics    []NoticeTopic
	Note      string // what has just been done
}

// NoticeTopic is one choice.
type NoticeTopic struct {
	Key string // as mail.Topic
	On  bool
}

// noticeWords are a topic's name and what it means.
func noticeWords(p *Page, key string) (name, hint string) {
	t := &p.T.Notices
	switch key {
	case "invoices":
		return t.Invoices, t.InvoicesHint
	case "due_soon":
		return t.DueSoon, t.DueSoonHint
	case "payments":
		return t.Payments, t.PaymentsHint
	case "reminders":
		return t.Reminders, t.RemindersHint
	}
	return t.Requests, t.RequestsHint
}

func noticeName(p *Page, key string) string { name, _ := noticeWords(p, key); return name }
func noticeHint(p *Page, key string) string { _, hint := noticeWords(p, key); return hint }
