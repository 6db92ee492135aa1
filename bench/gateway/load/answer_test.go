package main

import (
	"bufio"
	"strings"
	"testing"
)

func read(t *testing.T, text string) (head, string) {
	t.Helper()
	reader := bufio.NewReader(strings.NewReader(text))
	head, err := readHead(reader)
	if err != nil {
		t.Fatal(err)
	}
	body, err := readBody(reader, head, nil)
	if err != nil {
		t.Fatal(err)
	}
	return head, string(body)
}

func TestBodies(t *testing.T) {
	for _, one := range []struct{ name, text, body string }{
		{"by its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello more", "hello"},
		{"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello"},
		{"to the end", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", "hello"},
		{"none", "HTTP/1.1 204 No Content\r\n\r\n", ""},
	} {
		if head, body := read(t, one.text); body != one.body || head.code/100 != 2 {
			t.Errorf("%s: %d %q", one.name, head.code, body)
		}
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, text := range []string{"SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"} {
		if _, err := readHead(bufio.NewReader(strings.NewReader(text))); err == nil {
			t.Errorf("%q was taken for an answer", text)
		}
	}
}

func TestShares(t *testing.T) {
	if at(nil, 0.5) != 0 {
		t.Error("no values have no middle")
	}
}
