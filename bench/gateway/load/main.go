// Command load sends GET requests to a gateway on loopback and checks every answer.
//
// Closed loop (-rate 0): each connection sends its next request when it has the answer to the last.
// Open loop (-rate N): requests are due at fixed times, whatever the answers do; latency counts from the
// time a request was due, so that a stall of the gateway shows in every request that had to wait for it.
// One JSON object on the standard output sums up; -trace writes a line a request.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"syscall"
	"time"
)

func main() {
	address := flag.String("address", "127.0.0.1:8000", "host:port of the gateway")
	path := flag.String("path", "/api/v1/trading/item", "path to ask for")
	connections := flag.Int("connections", 50, "connections, each with one request at a time")
	duration := flag.Duration("duration", 5*time.Second, "time in which requests begin")
	rate := flag.Float64("rate", 0, "requests a second; 0: closed loop")
	users := flag.Int("users", 10000, "distinct values of X-User-ID, taken in turn")
	prefix := flag.String("prefix", "u", "what the user ids begin with")
	count := flag.Int("count", 0, "closed loop: stop after so many requests; 0: no limit")
	timeout := flag.Duration("timeout", 10*time.Second, "longest wait for one answer")
	body := flag.Int("body", 1024, "bytes that the body of a 200 must have, all of them 'x'; -1: any body")
	trace := flag.String("trace", "", "file for one line a request: start in ms, latency in ms, status")
	flag.Parse()
	// One thread sends in batches and wakes nobody: it takes half the CPU of two, which the gateway needs.
	runtime.GOMAXPROCS(1)

	plan := &plan{
		address: *address, users: *users,
		request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\nAccept: */*\r\nX-User-ID: %s",
			*path, *address, *prefix),
		timeout: *timeout, bodySize: *body, count: int64(*count),
		start: time.Now(), end: time.Now().Add(*duration), rate: *rate,
	}
	samples := run(plan, *connections)
	elapsed := time.Since(plan.start)
	if *trace != "" {
		if err := writeTrace(*trace, samples); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(summarise(samples, elapsed)); err != nil {
		os.Exit(1)
	}
}

// run starts one goroutine a connection and waits for all of them.
func run(plan *plan, connections int) []sample {
	results := make([][]sample, connections)
	var group sync.WaitGroup
	for i := range connections {
		group.Add(1)
		go func() {
			defer group.Done()
			results[i] = work(plan)
		}()
	}
	group.Wait()
	var all []sample
	for _, some := range results {
		all = append(all, some...)
	}
	return all
}

// summary is what the caller parses: times in ms.
type summary struct {
	Requests int            `json:"requests"`
	Statuses map[string]int `json:"statuses"`
	Wrong    int            `json:"wrongBodies"`
	Elapsed  float64        `json:"elapsedMs"`
	P50      float64        `json:"p50Ms"`
	P95      float64        `json:"p95Ms"`
	P99      float64        `json:"p99Ms"`
	Max      float64        `json:"maxMs"`
	LateP99  float64        `json:"lateP99Ms"`
	OwnCPU   float64        `json:"ownCpuMs"`
}

func summarise(samples []sample, elapsed time.Duration) summary {
	out := summary{Requests: len(samples), Statuses: map[string]int{}, Elapsed: ms(elapsed)}
	latencies := make([]time.Duration, 0, len(samples))
	late := make([]time.Duration, 0, len(samples))
	for _, one := range samples {
		out.Statuses[one.status()]++
		if one.wrongBody {
			out.Wrong++
		}
		latencies = append(latencies, one.latency)
		late = append(late, one.late)
	}
	sort.Slice(latencies, func(a, b int) bool { return latencies[a] < latencies[b] })
	sort.Slice(late, func(a, b int) bool { return late[a] < late[b] })
	out.P50, out.P95, out.P99 = at(latencies, 0.5), at(latencies, 0.95), at(latencies, 0.99)
	out.Max, out.LateP99 = at(latencies, 1), at(late, 0.99)
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		out.OwnCPU = ms(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()))
	}
	return out
}

// at is the value that a share of the sorted values does not exceed.
func at(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return ms(sorted[min(len(sorted)-1, int(share*float64(len(sorted))))])
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func writeTrace(path string, samples []sample) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sort.Slice(samples, func(a, b int) bool { return samples[a].begin < samples[b].begin })
	for _, one := range samples {
		if _, err := fmt.Fprintf(file, "%.2f %.2f %s\n", ms(one.begin), ms(one.latency), one.status()); err != nil {
			return err
		}
	}
	return nil
}
