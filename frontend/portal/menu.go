package portal

import (
	"slices"
	"strconv"
)

// entry is one line of the portal's menu. To add a page to it, add a line to the table below, its word to Text.Menu, and
// set Page.Here to the key on that page.
type entry struct {
	key     string // what Page.Here is on its pages, and what Page.Counts counts by
	url     string
	icon    string
	word    func(*Text) string
	feature string   // shown only when the firm has it switched on; empty: always
	or      string   // or this one
	also    []string // other values of Page.Here that belong to it
}

var menu = []entry{
	{key: "open", url: "/", icon: "home", word: func(t *Text) string { return t.Menu.Account }},
	{key: "all", url: "/invoices", icon: "paper", word: func(t *Text) string { return t.Menu.Invoices }, also: []string{"paid"}},
	{key: "payments", url: "/payments", icon: "bank", word: func(t *Text) string { return t.Menu.Payments }},
	{key: "statement", url: "/statement", icon: "clock", word: func(t *Text) string { return t.Menu.Statement }, feature: "statement"},
	{key: "papers", url: "/documents", icon: "paper", word: func(t *Text) string { return t.Menu.Papers }, feature: "documents"},
	{key: "methods", url: "/methods", icon: "card", word: func(t *Text) string { return t.Menu.Stored }, feature: "autopay"},
	{key: "autopay", url: "/autopay", icon: "clock", word: func(t *Text) string { return t.Menu.Autopay }, feature: "autopay"},
	{key: "requests", url: "/requests", icon: "talk", word: func(t *Text) string { return t.Menu.Requests }, feature: "requests", or: "messages"},
	{key: "settings", url: "/settings", icon: "gear", word: func(t *Text) string { return t.Menu.Settings }, also: []string{"contacts", "accounts", "notices"}},
}

// menu is what this visitor gets to see.
func (p *Page) menu() []entry {
	return slices.DeleteFunc(slices.Clone(menu), func(e entry) bool { return !p.Has(e.feature) && (e.or == "" || !p.Has(e.or)) })
}

// Has reports whether the firm has a feature switched on.
func (p *Page) Has(feature string) bool { return feature == "" || p.Shows == nil || p.Shows(feature) }

// News is how much is new in all of the menu.
func (p *Page) News() (n int) {
	for _, c := range p.Counts {
		n += c
	}
	return n
}

func (e entry) current(p *Page) string {
	if p.Here == e.key || slices.Contains(e.also, p.Here) {
		return "page"
	}
	return "false"
}

func number(n int) string { return strconv.Itoa(n) }
