package access

import "testing"

// TestEveryScopeReadsBack: what a token stores of its scope is what is read when it is used.
func TestEveryScopeReadsBack(t *testing.T) {
	for name := range scopes {
		s, err := ParseScope([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseScope(s.Names())
		if err != nil || len(again) != len(s) {
			t.Errorf("scope %s reads back as %v, %v", name, again, err)
		}
		if (Grant{Role: Admin, Scope: s}).May(Self) {
			t.Errorf("a token with scope %s may act as a person", name)
		}
	}
}
