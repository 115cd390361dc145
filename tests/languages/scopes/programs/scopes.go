// Scopes of every kind; prints what it computes.
package main

import (
	"errors"
	"fmt"
	"sort"
)

const (
	first = iota
	second
)

var total, limit = 0, 3

type point struct {
	x, y int
	next *point
}

type shape interface{ area() int }

type stack[T any] struct{ items []T }

func (s *stack[T]) push(item T) { s.items = append(s.items, item) }

func (p point) area() int { return p.x * p.y }

var errEmpty = errors.New("empty")

func divide(a, b int) (quotient int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	quotient = a / b
	return
}

func shadow(x int) string {
	out := fmt.Sprint(x)
	if x := x + 1; x > 1 {
		x := x * 2
		out += fmt.Sprint(x)
	} else if y := x; y == 1 {
		out += "one"
	}
	for i, x := range []int{x, 2} {
		out += fmt.Sprint(i, x)
	}
	a, err := divide(x, 2)
	b, err := divide(x, 0)
	x, c := b, a
	return fmt.Sprint(out, a, b, c, err, x)
}

func apply[T any, U any](items []T, f func(item T) U) []U {
	var result []U
	for _, item := range items {
		result = append(result, f(item))
	}
	return result
}

func classify(value any) string {
	switch v := value.(type) {
	case int:
		v++
		return fmt.Sprint("int", v)
	case string:
		return "string" + v
	case shape:
		return fmt.Sprint("shape", v.area())
	}
	return "other"
}

func main() {
	x, y := 2, 3
	key := "k"
	table := map[string]int{key: x, "y": y}
	p := point{x: x, y: y, next: &point{x: 1}}
	total += p.next.x + table[key] + second + first
	s := &stack[string]{}
	s.push("a")
outer:
	for i := 0; ; i++ {
		for j := 0; j < limit; j++ {
			if i*j > 2 {
				break outer
			}
			if j == i {
				continue outer
			}
			total++
		}
	}
	ch := make(chan int, 1)
	ch <- total
	select {
	case got, ok := <-ch:
		fmt.Println(got, ok)
	default:
		fmt.Println("none")
	}
	keys := []string{}
	for key := range table {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	fmt.Println(shadow(0), shadow(3), classify(1), classify("s"), classify(p), classify(errEmpty), keys, s.items)
	fmt.Println(apply([]int{1, 2}, func(n int) string { return fmt.Sprint(n + x) }))
}
