/* Copyright 2024 Somebody */
@file:JvmName("Pages")

package org.example

import kotlin.math.max

const val LIMIT = 10

/**
 * A page of text.
 */
@Serializable
data class Page(val key: String, val body: String = "") : Base() {
    val size: Int
        get() = body.length

    /** Joins two pages. */
    infix fun join(other: Page): Page {
        return Page(key, body + other.body)
    }

    constructor(key: Int) : this(key.toString())

    companion object {
        // Parses a page.
        fun parse(text: String) = Page(text)
    }

    inner class Line(val number: Int)
}

interface Store<T> {
    fun get(key: String): T?
}

enum class Color(val code: Int) {
    RED(1), BLUE(2);

    fun next(): Color = RED
}

object Registry {
    fun all(): List<Page> {
        return emptyList()
    }
}

/** Reads all of it. */
@Throws(IOException::class)
suspend fun <T> Store<T>.read(key: String): T? {
    fun local(): Int {
        val one = 1
        return one
    }
    return get(key)
}

fun String.shout() = uppercase()

typealias Pages = List<Page>

sealed interface Shape

fun interface Listener {
    fun evicted(page: Page)
}
