package civil

import "time"

// BusinessDay reports whether the euro's payment system settles on the day. TARGET is closed on Saturdays, Sundays,
// 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (rulebook 5.6).
func (d Date) BusinessDay() bool {
	switch d.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	y, m, day := d.Date()
	switch {
	case m == time.January && day == 1, m == time.May && day == 1, m == time.December && (day == 25 || day == 26):
		return false
	}
	easter := easterSunday(y)
	return d != easter-2 && d != easter+1
}

// NextBusinessDay is the day itself when it is a business day, else the first one after it.
func (d Date) NextBusinessDay() Date {
	for !d.BusinessDay() {
		d++
	}
	return d
}

// AddBusinessDays is the n-th business day after the day (before it when n is negative); with 0 the day itself, whatever
// day it is.
func (d Date) AddBusinessDays(n int) Date {
	step := Date(1)
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		if d += step; d.BusinessDay() {
			n--
		}
	}
	return d
}

// easterSunday is the Gregorian Easter of a year, by the anonymous computus (Meeus, Astronomical Algorithms, chapter 8).
func easterSunday(y int) Date {
	a, b, c := y%19, y/100, y%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	return Of(y, time.Month(month), (h+l-7*m+33*month+19)%32)
}
