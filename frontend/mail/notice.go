package mail

import "github.com/voldaan/voldaan/backend/money"

// NoticeKind is which notice it is.
type NoticeKind string

// The notices.
const (
	NoticeInvoices NoticeKind = "invoices" // there are new invoices
	NoticeDueSoon  NoticeKind = "due_soon" // due dates come near
)

// Notice tells of new invoices or of coming due dates. It asks for nothing that the invoice did not ask for.
type Notice struct {
	Firm  Firm
	Name  string
	Kind  NoticeKind
	Lines []Line // at least one
	Days  int    // within which they are due
	URL   string // the portal with its closing slash; may be empty
}

func (Notice) template() string { return "notice" }
func (l Notice) from() Firm     { return l.Firm }
func (l Notice) prefix() string { return "notice_" + string(l.Kind) }

// Totals are the sums, one a currency, in the order of the lines.
func (l Notice) Totals() (out []money.Amount) {
next:
	for _, line := range l.Lines {
		for i := range out {
			if out[i].Currency == line.Amount.Currency {
				out[i] = out[i].Add(line.Amount)
				continue next
			}
		}
		out = append(out, line.Amount)
	}
	return out
}
