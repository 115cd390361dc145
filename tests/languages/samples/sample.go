// Copyright 2024 The Authors. All rights reserved.
// Use of this source code is governed by a BSD-style licence.

// Package cache keeps pages in memory.
//
// It is safe for concurrent use.
package cache

import (
	"errors"
	"sync"
)

// ErrMissing is returned for unknown keys.
var ErrMissing = errors.New("missing")

const (
	small = iota
	large
)

// Page is one page.
type Page struct {
	Key  string // the key
	Body []byte
}

// Cache holds pages.
type Cache[K comparable] struct {
	mutex sync.Mutex
	pages map[K]*Page
}

type (
	// Reader reads pages.
	Reader interface {
		Read(key string) (*Page, error)
	}
	name string
)

// New makes a cache.
func New[K comparable](size int) *Cache[K] {
	evict := func(key K) {
		size--
		_ = key
	}
	evict(*new(K))
	return &Cache[K]{pages: make(map[K]*Page, size)}
}

// Get returns the page of a key.
//
//go:noinline
func (c *Cache[K]) Get(key K) (*Page, error) {
	return nil, ErrMissing
}

func (Page) Len() int { return 0 }
