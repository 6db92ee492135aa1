package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// head is what has to be known of an answer to read its body and to use the connection again.
type head struct {
	code    int
	length  int
	chunked bool
	closes  bool
}

var errMalformed = errors.New("not an HTTP/1.1 answer")

func readHead(reader *bufio.Reader) (head, error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return head{}, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return head{}, errMalformed
	}
	code, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return head{}, errMalformed
	}
	out := head{code: code, length: -1, closes: line[7] == '0'}
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return head{}, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return out, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if out.length, err = strconv.Atoi(string(value)); err != nil {
				return head{}, errMalformed
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			out.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("connection")):
			out.closes = bytes.EqualFold(value, []byte("close"))
		}
	}
}

// readBody appends the body to a buffer and returns it.
func readBody(reader *bufio.Reader, head head, body []byte) ([]byte, error) {
	switch {
	case head.chunked:
		return readChunks(reader, body)
	case head.length >= 0:
		return readExactly(reader, body, head.length)
	case head.closes:
		rest, err := io.ReadAll(reader)
		return append(body, rest...), err
	default:
		return body, nil
	}
}

func readChunks(reader *bufio.Reader, body []byte) ([]byte, error) {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return body, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return body, errMalformed
		}
		if body, err = readExactly(reader, body, int(size)); err != nil {
			return body, err
		}
		if _, err := reader.Discard(2); err != nil {
			return body, err
		}
		if size == 0 {
			return body, nil
		}
	}
}

func readExactly(reader *bufio.Reader, body []byte, size int) ([]byte, error) {
	start := len(body)
	for len(body) < start+size {
		body = append(body, 0)
		body = body[:min(cap(body), start+size)]
	}
	_, err := io.ReadFull(reader, body[start:])
	return body, err
}
