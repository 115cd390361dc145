/* Copyright 2024 Somebody */
package org.example

import scala.collection.mutable

/** A page of text.
  *
  * @param key its key
  */
@SerialVersionUID(1L)
final case class Page(key: String, body: String) extends Base with Ordered[Page] {
  private val size = body.length

  /** Joins two pages. */
  def join(other: Page): Page = {
    def sum(x: Int) = {
      val y = x
      y + 1
    }
    Page(key, body + other.body)
  }

  override def compare(that: Page): Int = key.compare(that.key)
  def +(other: Page): Page = join(other)
}

object Page {
  // The empty page.
  val empty: Page = Page("", "")

  implicit def fromText(text: String): Page = Page("", text)
}

trait Store[F[_]] {
  def get(key: String): F[Page]
}

enum Color(val code: Int):
  case Red extends Color(1)
  case Blue extends Color(2)

given ordering: Ordering[Page] with
  def compare(a: Page, b: Page): Int = 0

type Pages = List[Page]

extension (text: String)
  def shout: String = text.toUpperCase

package object tools {
  def helper(): Unit = ()
}

class PageSpec extends AnyFunSuite {
  test("joins pages") {
    assert(Page.empty.join(Page.empty) == Page.empty)
  }
}
