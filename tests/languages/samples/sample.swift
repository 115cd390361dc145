// swift-tools-version:5.9
// Copyright 2024 Somebody

import Foundation

/// A page of text.
///
/// - Note: immutable
@available(macOS 10.15, *)
public final class Page<T>: Base, Codable where T: Hashable {
    public let key: String
    private var lines = [String]()

    /// Makes a page.
    public init?(key: String, body: T) {
        self.key = key
    }

    deinit {
        print("gone")
    }

    /// The size.
    var size: Int {
        return lines.count
    }

    subscript(index: Int) -> String {
        return lines[index]
    }

    // Joins pages.
    @discardableResult
    func join(_ other: Page<T>, with mark: String = "") async throws -> Page<T> {
        func inner() -> Int {
            let one = 1
            return one
        }
        return other
    }

    static func == (a: Page, b: Page) -> Bool { a.key == b.key }
}

struct Point {
    var x = 0
}

enum Color: String {
    case red, blue

    func next() -> Color { .red }
}

protocol Store {
    associatedtype Item
    /// Reads one.
    func get(key: String) -> Item?
}

extension Page: Store where T == String {
    func get(key: String) -> String? {
        return nil
    }
}

actor Counter {
    func add() {}
}

typealias Pages = [Page<String>]

func helper(_ name: String) -> String {
    name.uppercased()
}
