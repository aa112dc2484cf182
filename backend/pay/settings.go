package pay

import (
	"context"
	"errors"
	"strings"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/journal"
	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/pay/mollie"
	"github.com/voldaan/voldaan/backend/store"
)

// Mode is how a firm's customers pay.
type Mode string

// The modes.
const (
	ModeOff       Mode = "off"       // they do not: the portal shows the firm's bank account instead
	ModeSimulator Mode = "simulator" // at the simulator, with no money
	ModeKey       Mode = "key"       // at Mollie, with the firm's own key; the key says whether it is test or live
)

// Settings are a firm's. The key never leaves this package: see Settings.KeyEnd.
type Settings struct {
	Mode   Mode
	Live   bool   // real money: ModeKey with a live key
	HasKey bool   // a key is stored, also while another mode is on
	KeyEnd string // its last four characters
	APIURL string // where payments are made now
}

type settingsRecord struct {
	Firm ledger.FirmID `cbor:"1,keyasint"`
	Mode Mode          `cbor:"2,keyasint"`
	Key  string        `cbor:"3,keyasint,omitempty"`
}

// settings holds secrets: the store seals it, and it is not journaled, because the journal never forgets. That the
// settings were changed, by whom and to what, is journaled with switches.
var settings = store.Table[settingsRecord]{Name: "pay.settings", Key: func(r *settingsRecord) []byte { return r.Firm.Bytes() }}

// switchRecord is the part of the settings that may be told.
type switchRecord struct {
	Firm   ledger.FirmID `cbor:"1,keyasint"`
	Mode   Mode          `cbor:"2,keyasint"`
	Live   bool          `cbor:"3,keyasint,omitempty"`
	KeyEnd string        `cbor:"4,keyasint,omitempty"`
}

var switches = store.Table[switchRecord]{Name: "pay.switches", Key: func(r *switchRecord) []byte { return r.Firm.Bytes() }}

// simulatorKey is what the simulator is asked with. It is no secret: it opens nothing else.
const simulatorKey = "test_voldaansimulator"

func (s *Service) stored(ctx context.Context, f ledger.FirmID) (r settingsRecord, err error) {
	err = s.o.Engine.View(ctx, func(tx store.Tx) error {
		r, err = settings.Get(tx, f.Bytes())
		if errors.Is(err, store.ErrNotFound) {
			r, err = settingsRecord{Firm: f, Mode: s.o.Default}, nil
		}
		return err
	})
	return r, err
}

// Settings are how the firm's customers pay now.
func (s *Service) Settings(ctx context.Context, f ledger.FirmID) (Settings, error) {
	r, err := s.stored(ctx, f)
	if err != nil {
		return Settings{}, err
	}
	out := Settings{Mode: r.Mode, HasKey: r.Key != "", Live: r.live(), KeyEnd: r.keyEnd()}
	switch r.Mode {
	case ModeKey:
		if out.APIURL = s.o.APIURL; out.APIURL == "" {
			out.APIURL = mollie.DefaultURL
		}
	case ModeSimulator:
		out.APIURL = s.o.SimulatorURL
	}
	return out, nil
}

func (r settingsRecord) live() bool { return r.Mode == ModeKey && strings.HasPrefix(r.Key, "live_") }

func (r settingsRecord) keyEnd() string { return r.Key[max(0, len(r.Key)-4):] }

// SetSettings changes how the firm's customers pay. An empty key keeps the stored one. A new key is tried before it is
// kept, so that a typing mistake shows at once.
func (s *Service) SetSettings(ctx context.Context, m journal.Meta, mode Mode, key string) (Settings, error) {
	r, err := s.stored(ctx, m.Firm)
	if err != nil {
		return Settings{}, err
	}
	if key = strings.TrimSpace(key); key != "" {
		r.Key = key
	}
	r.Mode = mode
	switch mode {
	case ModeOff:
	case ModeSimulator, ModeKey:
		c, err := s.connect(r)
		if err != nil {
			return Settings{}, err
		}
		if _, err := c.Methods(ctx, mollie.MethodsQuery{}); err != nil {
			return Settings{}, explain(err)
		}
	default:
		return Settings{}, fault.Invalidf("pay.mode", "%q is not a way to be paid; expected off, simulator or key", string(mode))
	}
	_, err = s.books.Log().Update(ctx, m, "settings.payments", nil, func(tx *journal.Tx) error {
		if err := settings.Put(tx.Tx, &r); err != nil { // tx.Tx: beside the journal
			return err
		}
		tx.Fact("mode", string(r.Mode))
		tx.Fact("key_end", r.keyEnd())
		return switches.Put(tx, &switchRecord{Firm: r.Firm, Mode: r.Mode, Live: r.live(), KeyEnd: r.keyEnd()})
	})
	if err != nil {
		return Settings{}, err
	}
	return s.Settings(ctx, m.Firm)
}

// client is the connection for a firm as its settings are now.
func (s *Service) client(ctx context.Context, f ledger.FirmID) (*mollie.Client, error) {
	r, err := s.stored(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.connect(r)
}

func (s *Service) connect(r settingsRecord) (*mollie.Client, error) {
	key, base := r.Key, s.o.APIURL
	switch r.Mode {
	case ModeSimulator:
		if key, base = simulatorKey, s.o.SimulatorURL; base == "" {
			return nil, fault.New(fault.Unavailable, "pay.no_simulator", "the simulator of the payment provider is not running")
		}
	case ModeKey:
		if key == "" {
			return nil, fault.Invalidf("pay.no_key", "enter the API key from the Mollie dashboard, under Developers")
		}
	default:
		return nil, fault.New(fault.Unavailable, "pay.off", "paying online is switched off; please use a bank transfer")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clients[base+" "+key]; ok {
		return c, nil
	}
	c, err := mollie.New(mollie.Options{Key: key, BaseURL: base, HTTP: s.o.HTTP, Sleep: s.o.Sleep, Log: s.log})
	if err != nil {
		return nil, err
	}
	s.clients[base+" "+key] = c
	return c, nil
}

// explain turns a provider's error into one for people. Mollie's own words go to the log by way of the cause.
func explain(err error) error {
	e, ok := mollie.AsError(err)
	switch {
	case !ok:
		return err
	case e.Temporary() || e.Uncertain() || e.Status == 409: // 409: an earlier try is still being worked on
		return fault.Wrap(err, fault.Unavailable, "pay.unavailable", "Mollie does not answer at the moment. No money was taken; please try again in a few minutes.")
	case e.Status == 401 || e.Status == 403:
		return fault.Wrap(err, fault.Unavailable, "pay.key_refused", "Mollie does not accept the API key. Check it in the settings, under payments.")
	case e.NotFound():
		return fault.Wrap(err, fault.NotFound, "pay.unknown", "Mollie does not know this payment.")
	case e.Field == "method":
		return fault.Wrap(err, fault.Invalid, "pay.method", "This way to pay cannot be used at the moment; please choose another one.")
	case e.Field == "amount":
		return fault.Wrap(err, fault.Invalid, "pay.amount", "This amount cannot be paid this way; please choose another way to pay or another amount.")
	}
	return fault.Wrap(err, fault.Conflict, "pay.refused", "Mollie refuses this. No money was taken.")
}
