package portal

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/voldaan/voldaan/backend/ledger"
	outbox "github.com/voldaan/voldaan/backend/mail"
	"github.com/voldaan/voldaan/frontend/portal"
)

func (s *Server) noticesPage(c *fiber.Ctx, v *visit) error { return s.showNotices(c, v, "") }

// noticeTopics are what a contact may choose among. What the firm never sends is not there, and neither are announcements of
// collections: those were agreed with the mandate.
func (s *Server) noticeTopics(c *fiber.Ctx, v *visit, f ledger.Firm) ([]outbox.Topic, error) {
	set, err := s.o.Mail.NoticeSettings(c.UserContext(), f.ID)
	if err != nil {
		return nil, err
	}
	off := map[outbox.Topic]bool{outbox.TopicInvoices: set.InvoicesSince.IsZero(), outbox.TopicDueSoon: !set.DueSoon,
		outbox.TopicAutopay: true, outbox.TopicRequests: !f.Portal.Shows(ledger.FeatureRequests)}
	return slices.DeleteFunc(slices.Clone(outbox.Topics), func(t outbox.Topic) bool { return off[t] }), nil
}

func (s *Server) showNotices(c *fiber.Ctx, v *visit, note string) error {
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	view := &portal.Notices{Anonymous: v.Scope.Contact.IsZero(), Email: v.Contact.Email, Note: note}
	if !view.Anonymous {
		topics, err := s.noticeTopics(c, v, a.Firm)
		if err != nil {
			return err
		}
		want, err := s.o.Mail.Preferences(c.UserContext(), v.Scope.Firm, v.Scope.Contact)
		if err != nil {
			return err
		}
		for _, t := range topics {
			view.Topics = append(view.Topics, portal.NoticeTopic{Key: string(t), On: want[t]})
		}
	}
	p.Title, p.Here, p.Path = p.T.Notices.Title, "notices", "/notices"
	return show(c, fiber.StatusOK, portal.NoticesPage(p, view))
}

// setNotices keeps what the visitor wants mail about. Topics that are not on the page stay as they were.
func (s *Server) setNotices(c *fiber.Ctx, v *visit) error {
	if v.Scope.Contact.IsZero() {
		return errRights()
	}
	a, p, err := s.account(c, v)
	if err != nil {
		return err
	}
	topics, err := s.noticeTopics(c, v, a.Firm)
	if err != nil {
		return err
	}
	want, err := s.o.Mail.Preferences(c.UserContext(), v.Scope.Firm, v.Scope.Contact)
	if err != nil {
		return err
	}
	var chosen []string
	for _, raw := range c.Request().PostArgs().PeekMulti("topic") {
		chosen = append(chosen, string(raw))
	}
	for _, t := range topics {
		want[t] = slices.Contains(chosen, string(t))
	}
	if err := s.o.Mail.SetPreferences(c.UserContext(), v.meta(), v.Scope.Contact, want); err != nil {
		return err
	}
	return s.showNotices(c, v, p.T.Notices.Saved)
}
