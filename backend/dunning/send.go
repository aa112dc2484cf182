package dunning

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/voldaan/voldaan/backend/books"
	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/dunning/ladder"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/ledger/interest"
	"github.com/voldaan/voldaan/backend/money"
)

// pause between two looks at the clock. Approving, paying and mailing wake the service by the journal.
const idle = time.Minute

// Run plans the runs of firms that want one every day, sends what is approved and follows what became of the mails,
// until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		changed := s.books.Log().Changed()
		if err := s.Work(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		timer := time.NewTimer(idle)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Work does once what Run does again and again: for every firm within its sending hours.
func (s *Service) Work(ctx context.Context) error {
	var firms []ledger.Firm
	if err := s.books.View(ctx, func(r *books.Reader) (err error) { firms, err = r.Firms(); return err }); err != nil {
		return err
	}
	for _, f := range firms {
		if f.Archived {
			continue
		}
		if err := s.finishCharges(ctx, f.ID); err != nil {
			return err
		}
		open, err := s.within(ctx, f)
		if err != nil {
			return err
		}
		if !open {
			continue
		}
		if err := s.daily(ctx, f.ID); err != nil {
			return err
		}
		if _, err := s.SendApproved(ctx, journal.Meta{Firm: f.ID}); err != nil {
			return err
		}
	}
	return nil
}

// within reports whether it is a business day and within the firm's sending hours.
func (s *Service) within(ctx context.Context, f ledger.Firm) (bool, error) {
	set, err := s.Settings(ctx, f.ID)
	if err != nil {
		return false, err
	}
	now := s.books.Clock().Now().In(s.books.Zone(f))
	today := civil.In(now, now.Location())
	from, to := set.Hours()
	return today.BusinessDay() && !slices.Contains(set.Holidays, today) && now.Hour() >= from && now.Hour() < to, nil
}

// daily plans today's run where the firm wants that by itself and it has not been done.
func (s *Service) daily(ctx context.Context, firm ledger.FirmID) error {
	set, err := s.Settings(ctx, firm)
	if err != nil || !set.Daily {
		return err
	}
	done := false
	err = s.books.View(ctx, func(r *books.Reader) error {
		today, err := r.Today(firm)
		if err != nil {
			return err
		}
		done, err = runs.Has(r.Tx(), runs.Key(&runRecord{Firm: firm, Day: today}))
		return err
	})
	if err != nil || done {
		return err
	}
	_, err = s.Plan(ctx, journal.Meta{Firm: firm})
	return err
}

// SendApproved carries out every approved step and tells how many went on. The journal names who sends.
func (s *Service) SendApproved(ctx context.Context, m journal.Meta) (int, error) {
	open, err := s.Open(ctx, m.Firm)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, st := range open {
		if st.State != Approved {
			continue
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		went, err := s.carryOut(ctx, m, st.ID)
		if err != nil {
			return n, err
		}
		if went {
			n++
		}
	}
	return n, nil
}

// errMoved says that the books moved between the making of the pay link and the transaction: look again.
var errMoved = errors.New("dunning: the books have moved")

// carryOut sends one approved step, as the state of the books allows now: with what is still open of its invoices, or
// not at all. The mail is put in the outbox in the transaction that says so.
func (s *Service) carryOut(ctx context.Context, m journal.Meta, id StepID) (went bool, err error) {
	var url string
	var until civil.Date
	var linked []ledger.DocumentID
	for range 10 {
		var st Step
		err := s.books.View(ctx, func(r *books.Reader) error {
			if st, err = stepIn(r.Tx(), m.Firm, id); err != nil || st.State != Approved {
				return err
			}
			_, err = s.current(r, &st)
			return err
		})
		if err != nil || st.State != Approved && st.State != Dropped {
			return false, err
		}
		if docs := documentsOf(st); st.State == Approved && st.Channel == ladder.Email && !slices.Equal(docs, linked) {
			if url, until, err = s.links.PayLink(ctx, m, st.Customer, docs); err != nil {
				return false, err
			}
			linked = docs
		}
		err = s.change(ctx, m, id, "dunning.sending", func(tx *journal.Tx, now *Step) error {
			went = false
			if now.State != Approved {
				return nil
			}
			letter, err := s.current(s.books.In(tx), now)
			switch {
			case err != nil:
				return err
			case now.State == Dropped:
				tx.SetKind("dunning.dropped")
				return nil
			case now.Channel != ladder.Email:
				tx.SetKind("dunning.todo")
				now.State, went = Todo, true
				return nil
			case !slices.Equal(documentsOf(*now), linked):
				return errMoved
			}
			letter.PayURL, letter.PayUntil = url, until
			now.State, went = Sending, true
			letter.Step = *now
			now.Notice, err = s.outbox.Put(tx, letter)
			return err
		})
		if !errors.Is(err, errMoved) {
			return went, err
		}
	}
	return false, errMoved
}

func documentsOf(st Step) (out []ledger.DocumentID) {
	for _, l := range st.Lines {
		out = append(out, l.Document)
	}
	return out
}

// current brings a step up to date with the books: the invoices that it was approved for and may still be reminded of,
// with what is open now. The step is dropped where its own rung is no longer due to anyone in it.
func (s *Service) current(r *books.Reader, st *Step) (Letter, error) {
	x, d, err := s.again(r, *st)
	if err != nil {
		return Letter{}, err
	}
	var m *ladder.Message
	if d.Message != nil && d.Message.Step.ID == st.Step {
		m = intersect(*d.Message, *st)
	}
	if m == nil {
		st.State, st.Reasons = Dropped, reasons(x, d, *st)
		return Letter{}, nil
	}
	f, err := s.firmIn(r, st.Firm)
	if err != nil {
		return Letter{}, err
	}
	st.To, st.Name = x.to.Email, x.to.Name
	f.fill(st, x, m)
	l := f.letter(x, *st, m)
	for i := range l.Lines { // an account holds the rows of its documents, without their texts
		d, err := r.Document(m.Lines[i].Document)
		if err != nil {
			return Letter{}, err
		}
		l.Lines[i].Description = d.Description
	}
	return l, nil
}

// intersect is the message without what was not approved; nil when the step that led it has gone.
func intersect(m ladder.Message, st Step) *ladder.Message {
	lines := m.Lines
	m.Lines, m.Total = nil, 0
	led := false
	for _, l := range lines {
		if slices.ContainsFunc(st.Lines, func(was Line) bool { return was.Document == l.Document && was.Step == l.Step.ID }) {
			m.Lines = append(m.Lines, l)
			m.Total += l.Amount
			led = led || l.Step.ID == st.Step
		}
	}
	if !led {
		return nil
	}
	return &m
}

// letter is what a step says.
func (f firmState) letter(x subject, st Step, m *ladder.Message) Letter {
	l := Letter{Step: st, Firm: f.firm, Customer: x.customer, Total: money.Of(st.Total, st.Currency)}
	var formal []ladder.Line
	for _, line := range m.Lines {
		d, _ := x.account.Document(line.Document)
		l.Lines = append(l.Lines, LetterLine{Number: line.Number, Issued: d.Issued, Due: line.Due, Amount: money.Of(line.Amount, st.Currency), Step: line.Step})
		if line.Step.Tone == ladder.Formal {
			formal = append(formal, line)
		}
	}
	switch st.Law {
	case FourteenDays:
		l.LastDay = interest.Letter{On: f.today, By: sentBy(st.Channel), PostDays: f.settings.PostDays}.LastDay()
	case BelgianFirst:
		l.LastDay = interest.Reminder{On: f.today, By: sentBy(st.Channel)}.Earliest() - 1
		l.Clause = money.Of(interest.Clause(st.Total), st.Currency)
	case BusinessLate:
		l.LastDay = f.today.AddDays(14)
		f.claim(x, &l, formal)
	case ConsumerLater:
		l.LastDay = f.today.AddDays(15)
	case Plain:
		if st.Tone == ladder.Friendly && consumer(x.customer) {
			l.LastDay = f.today.AddDays(reminderTerm)
		}
	}
	return l
}

func sentBy(c ladder.Channel) interest.Sent {
	if c == ladder.Post {
		return interest.ByPost
	}
	return interest.ByEmail
}

// claim adds up what the law lets a business be asked for the formally reminded invoices, as of today.
func (f firmState) claim(x subject, l *Letter, lines []ladder.Line) {
	law, ok := f.law(x.customer)
	if !ok {
		return
	}
	l.Interest, l.Fixed = money.Of(0, l.Total.Currency), money.Of(0, l.Total.Currency)
	for _, line := range lines {
		d, _ := x.account.Document(line.Document)
		l.Interest = l.Interest.Add(f.interestOn(x, law, d).Amount)
		if l.Total.Currency == "EUR" {
			l.Fixed = l.Fixed.Add(money.Of(law.Compensation, "EUR"))
		}
	}
}

// Deliveries follows what becomes of the mails: only what the mail server has taken counts as sent.
func (s *Service) Deliveries() journal.Follower { return deliveries{s} }

type deliveries struct{ *Service }

// Name is where the follower's cursor is kept.
func (deliveries) Name() string { return "dunning.deliveries" }

// outcomes of a mail, by the journal's kind of entry.
var outcomes = map[string]State{"mail.sent": Sent, "mail.bounced": Failed, "mail.failed": Failed, "mail.canceled": Failed, "mail.kept": Failed}

// Apply handles entries about mails that carry a step.
func (d deliveries) Apply(ctx context.Context, entries []journal.Entry) error {
	for _, e := range entries {
		to, ok := outcomes[e.Kind]
		if !ok || e.Facts["template"] != NoticeKind {
			continue
		}
		for _, id := range e.Subjects {
			if err := d.delivered(ctx, e, id, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// NoticeKind is the template of the mails of this package in the outbox.
const NoticeKind = "reminder"

func (d deliveries) delivered(ctx context.Context, e journal.Entry, notice []byte, to State) error {
	var id StepID
	err := d.view(ctx, func(tx storeTx) error {
		raw, err := steps.Entry(tx, "notice", notice)
		if err != nil {
			return ignoreUnknown(err)
		}
		id = StepID(raw)
		return nil
	})
	if err != nil || id.IsZero() {
		return err
	}
	return d.change(ctx, journal.Meta{Firm: e.Firm}, id, "dunning.delivered", func(tx *journal.Tx, st *Step) error {
		// A mail may be tried again by hand after it failed, and bounce after it was sent.
		if st.State != Sending && (st.State != Failed || to != Sent) && (st.State != Sent || e.Kind != "mail.bounced") {
			return nil
		}
		f, err := d.books.In(tx).Firm(st.Firm)
		if err != nil {
			return err
		}
		st.State, st.Outcome = to, e.Kind[len("mail."):]
		if st.SentOn = 0; to == Sent {
			st.SentOn = civil.In(e.At, d.books.Zone(f))
		} else {
			tx.SetKind("dunning.failed")
		}
		return nil
	})
}

// warn logs without personal data.
func (s *Service) warn(ctx context.Context, text string, err error) {
	if s.log != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "reminders could not go on", slog.String("at", text), slog.Any("error", err))
	}
}
