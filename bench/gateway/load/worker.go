package main

import (
	"bufio"
	"bytes"
	"net"
	"strconv"
	"sync/atomic"
	"time"
)

// plan is shared by all connections; next hands out the requests.
type plan struct {
	address         string
	users, bodySize int
	// request is everything of a request before the number of its user.
	request    []byte
	timeout    time.Duration
	count      int64
	start, end time.Time
	rate       float64
	next       atomic.Int64
}

// sample is one request. Begin and latency count from when it was due; late says how much later than due it
// was sent though a connection was free: the generator's own delay.
type sample struct {
	begin, latency, late time.Duration
	code                 int
	wrongBody            bool
	failure              string
}

func (one sample) status() string {
	if one.failure != "" {
		return one.failure
	}
	return strconv.Itoa(one.code)
}

// take gives the number of the next request and the time it is due; false when there is none.
func (p *plan) take() (int64, time.Time, bool) {
	n := p.next.Add(1) - 1
	if p.count > 0 && n >= p.count {
		return 0, time.Time{}, false
	}
	due := time.Now()
	if p.rate > 0 {
		due = p.start.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	}
	return n, due, due.Before(p.end)
}

// work sends requests over one connection until the plan ends. A connection that failed is opened again.
func work(p *plan) []sample {
	samples := make([]sample, 0, 4096)
	client := &client{plan: p}
	defer client.close()
	for {
		n, due, more := p.take()
		if !more {
			return samples
		}
		wait := time.Until(due)
		if wait > 0 {
			time.Sleep(wait)
		}
		one := sample{begin: due.Sub(p.start)}
		if wait > 0 {
			one.late = time.Since(due)
		}
		one.code, one.wrongBody, one.failure = client.ask(n)
		one.latency = time.Since(due)
		samples = append(samples, one)
		if one.failure != "" {
			// A gateway that is not there is not asked in a busy loop.
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// client is one connection with its buffers.
type client struct {
	plan   *plan
	conn   net.Conn
	reader *bufio.Reader
	out    []byte
	body   []byte
	moveAt time.Time
}

const moveEvery = 100 * time.Millisecond

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// ask sends request n and reads the answer. A failure is one word: refused, timeout, broken.
func (c *client) ask(n int64) (code int, wrongBody bool, failure string) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.plan.address, c.plan.timeout)
		if err != nil {
			return 0, false, "refused"
		}
		c.conn, c.reader, c.moveAt = conn, bufio.NewReaderSize(conn, 8192), time.Time{}
	}
	// Moving the deadline costs as much as the rest, so it is moved ten times a second.
	if now := time.Now(); now.After(c.moveAt) {
		c.conn.SetDeadline(now.Add(c.plan.timeout + moveEvery))
		c.moveAt = now.Add(moveEvery)
	}
	c.out = append(c.out[:0], c.plan.request...)
	c.out = strconv.AppendInt(c.out, n%int64(c.plan.users), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	if _, err := c.conn.Write(c.out); err != nil {
		c.close()
		return 0, false, describe(err)
	}
	head, err := readHead(c.reader)
	if err != nil {
		c.close()
		return 0, false, describe(err)
	}
	if c.body, err = readBody(c.reader, head, c.body[:0]); err != nil {
		c.close()
		return 0, false, describe(err)
	}
	if head.closes {
		c.close()
	}
	wrong := head.code == 200 && c.plan.bodySize >= 0 &&
		(len(c.body) != c.plan.bodySize || bytes.Count(c.body, []byte("x")) != c.plan.bodySize)
	return head.code, wrong, ""
}

func describe(err error) string {
	if netErr, ok := err.(net.Error); ok && netErr.Timeout() {
		return "timeout"
	}
	return "broken"
}
