/*
 * Copyright 2024 The Authors. Licensed under the Apache License.
 */
package org.example.cache;

import java.util.Map;

/**
 * A bounded cache of parsed pages.
 *
 * @param <K> the key
 */
@SuppressWarnings("unchecked")
public final class PageCache<K> extends Base implements Cache<K> {
    private static final int LIMIT = 512;
    private final Map<K, Page> pages;

    /** Creates a cache. */
    public PageCache(Map<K, Page> pages) {
        this.pages = pages;
    }

    // Reads one page,
    // or null if there is none.
    @Override
    public <T extends K> Page get(final T key) throws IOException {
        return pages.get(key);
    }

    public Page get(K key, Page fallback) {
        return pages.getOrDefault(key, fallback);
    }

    static {
        System.loadLibrary("pages");
    }

    enum Policy {
        OLDEST, // evicts by age
        LARGEST;

        boolean isAge() {
            return this == OLDEST;
        }
    }

    interface Listener {
        /** Called on eviction. */
        void evicted(Page page);
    }

    record Entry(String key, Page page) {
        Entry {
            Objects.requireNonNull(key);
        }
    }

    @interface Cached {
        int seconds() default 60;
    }
}
