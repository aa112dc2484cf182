package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/voldaan/voldaan/tests/outside"
)

// importRows is the length of an imported file.
const importRows = 200

// postInvoices posts invoices until the program dies, and makes a pay link for each.
func (c *campaign) postInvoices(run int) {
	for i := 0; ; i++ {
		number, total := fmt.Sprintf("F%05d-%04d", run, i), fmt.Sprintf("%d.%02d", 10+i%90, i%100)
		var made struct{ ID string }
		status, ok := c.api(http.MethodPost, "/invoices", map[string]any{"type": "invoice", "customer": c.customer, "number": number,
			"issued": "2026-01-05", "due": "2026-02-04", "total": total, "currency": "EUR"}, &made)
		if !ok {
			return
		}
		if status != http.StatusCreated {
			c.T.Errorf("invoice %s: %d", number, status)
			return
		}
		c.mu.Lock()
		c.invoices[number] = total
		c.mu.Unlock()
		if i%5 != 0 {
			continue
		}
		var link struct{ URL string }
		if _, ok := c.api(http.MethodPost, "/customers/"+c.customer+"/pay-link", map[string]any{"invoices": []string{made.ID}}, &link); !ok {
			return
		}
		c.mu.Lock()
		c.links = append(c.links, link.URL)
		c.mu.Unlock()
	}
}

func (c *campaign) recordPayments(run int) {
	for i := 0; ; i++ {
		ref, amount := fmt.Sprintf("overboeking %d/%d", run, i), fmt.Sprintf("%d.00", 1+i%7)
		status, ok := c.api(http.MethodPost, "/payments", map[string]any{"customer": c.customer, "date": "2026-02-01", "amount": amount,
			"currency": "EUR", "method": "transfer", "reference": ref, "oldest": true}, &struct{}{})
		if !ok {
			return
		}
		if status != http.StatusCreated {
			c.T.Errorf("payment %s: %d", ref, status)
			return
		}
		c.mu.Lock()
		c.payments[ref] = amount
		c.mu.Unlock()
	}
}

// importFile imports files until the program dies. A file counts as one fact: all of its rows, or none.
func (c *campaign) importFile(run int) {
	for i := 0; ; i++ {
		name := fmt.Sprintf("I%05d-%d", run, i)
		var plan struct {
			ID       string
			Rejected int
			Refusal  string
		}
		status, ok := c.api(http.MethodPost, "/imports?name="+name+".csv", importCSV(name), &plan)
		if !ok {
			return
		}
		if status != http.StatusCreated || plan.Rejected > 0 || plan.Refusal != "" {
			c.T.Errorf("import %s: %d, %+v", name, status, plan)
			return
		}
		status, ok = c.api(http.MethodPost, "/imports/"+plan.ID+"/apply", map[string]any{}, &struct{}{})
		if !ok {
			return
		}
		if status != http.StatusOK {
			c.T.Errorf("applying %s: %d", name, status)
			return
		}
		c.mu.Lock()
		c.imports[name] = true
		c.mu.Unlock()
	}
}

func importCSV(name string) []byte {
	var b bytes.Buffer
	b.WriteString("Debiteurnummer;Naam;Factuurnummer;Factuurdatum;Vervaldatum;Bedrag;Valuta\r\n")
	for i := range importRows {
		fmt.Fprintf(&b, "%03d;Klant %d;%s/%03d;05-01-2026;14-02-2026;%d,50;EUR\r\n", 100+i%10, i%10, name, i, 20+i)
	}
	return b.Bytes()
}

// payOnline pays through pay links: the portal, then the provider, where the money is final whatever happens to us.
func (c *campaign) payOnline(int) {
	for {
		c.mu.Lock()
		var link string
		if n := len(c.links); n > 0 {
			link, c.links = c.links[n-1], c.links[:n-1]
		}
		c.mu.Unlock()
		if link == "" {
			time.Sleep(5 * time.Millisecond)
			if !c.alive() {
				return
			}
			continue
		}
		if !c.payLink(link) {
			return
		}
	}
}

func (c *campaign) alive() bool {
	resp, err := c.Client.Get(c.Portal + "/healthz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return true
}

// payLink pays one link; false when the program died on the way.
func (c *campaign) payLink(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		c.T.Error(err)
		return false
	}
	b := outside.Browser()
	body, ok := outside.Page(b, c.Portal+u.Path)
	if !ok {
		return c.alive()
	}
	if !strings.Contains(body, `action="`+u.Path) {
		return true // paid in the meantime
	}
	form := outside.Hidden(body)
	form.Set("method", "ideal")
	status, err := outside.Submit(b, c.Portal, u.Path, form)
	if err != nil {
		return false
	}
	if status != http.StatusSeeOther {
		return true
	}
	return c.decide()
}

// decide pays everything that waits at the provider and notes it: from then on the money is real.
func (c *campaign) decide() bool {
	var all struct {
		Payments []struct{ ID, Status string }
	}
	resp, err := c.Client.Get(c.Mollie + "/_sim/payments")
	if err != nil {
		c.T.Error(err)
		return false
	}
	err = json.NewDecoder(resp.Body).Decode(&all)
	resp.Body.Close()
	if err != nil {
		c.T.Error(err)
		return false
	}
	for _, p := range all.Payments {
		if p.Status != "open" {
			continue
		}
		resp, err := c.Client.Post(c.Mollie+"/_sim/payments/"+p.ID+"/outcome", "application/json", strings.NewReader(`{"status":"paid"}`))
		if err != nil {
			c.T.Error(err)
			return false
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			c.mu.Lock()
			c.online[p.ID] = ""
			c.mu.Unlock()
		}
	}
	return true
}

// browse reads pages as visitors do.
func (c *campaign) browse(int) {
	b := outside.Browser()
	for {
		if _, ok := outside.Page(b, c.Portal+"/sign-in"); !ok && !c.alive() {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// check compares the running program with the list of facts.
func (c *campaign) check() {
	c.T.Helper()
	type invoice struct{ Number, Total string }
	totals := map[string]string{}
	perFile := map[string]int{}
	for _, x := range outside.List[invoice](c.Program, "/invoices?status=all") {
		totals[x.Number] = x.Total
		if file, _, ok := strings.Cut(x.Number, "/"); ok {
			perFile[file]++
		}
	}
	for number, total := range c.invoices {
		if totals[number] != total {
			c.T.Errorf("invoice %s of %s was acknowledged; the books have %q", number, total, totals[number])
		}
	}
	for file := range c.imports {
		if perFile[file] != importRows {
			c.T.Errorf("import %s was acknowledged; the books have %d of %d rows", file, perFile[file], importRows)
		}
	}
	for file, n := range perFile {
		if n != importRows {
			c.T.Errorf("import %s is there by half: %d of %d rows", file, n, importRows)
		}
	}
	type payment struct {
		Reference, Amount string
		ProviderID        string `json:"provider_id"`
	}
	// Polling may need a moment to learn of payments that were made while the program was dead.
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		hand, provider := map[string]string{}, map[string]int{}
		for _, p := range outside.List[payment](c.Program, "/payments") {
			hand[p.Reference] = p.Amount
			if p.ProviderID != "" {
				provider[p.ProviderID]++
			}
		}
		for ref, amount := range c.payments {
			if hand[ref] != amount {
				c.T.Errorf("payment %q of %s was acknowledged; the books have %q", ref, amount, hand[ref])
			}
		}
		missing := ""
		for id := range c.online {
			switch n := provider[id]; {
			case n > 1:
				c.T.Errorf("online payment %s was booked %d times", id, n)
			case n == 0:
				missing = id
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			c.T.Errorf("online payment %s was never booked", missing)
			return
		}
	}
}

// verify runs the program's own proof and lets hledger read the books.
func (c *campaign) verify() {
	c.T.Helper()
	var v struct {
		OK     bool
		Checks []struct {
			Name, Detail string
			OK           bool
		}
	}
	if err := json.Unmarshal(c.Run("verify", "--deep", "--json"), &v); err != nil || !v.OK {
		c.T.Errorf("verify: %+v, %v", v, err)
	}
	file := filepath.Join(c.Dir, "books.journal")
	c.Run("export", "ledger", "--format", "hledger", "-o", file)
	if _, err := exec.LookPath("hledger"); err != nil {
		c.T.Skip("hledger is not installed: the second opinion on the books is missing")
	}
	if out, err := exec.Command("hledger", "-f", file, "check", "balanced").CombinedOutput(); err != nil {
		c.T.Errorf("hledger: %v\n%s", err, out)
	}
}
