//! Pages in memory.

const std = @import("std");

/// Most pages.
pub const limit = 10;

/// A page.
pub const Page = struct {
    key: []const u8,
    size: usize = 0,

    pub const Error = error{Missing};

    /// Makes a page.
    pub fn init(key: []const u8) Page {
        return .{ .key = key };
    }

    const Line = struct {
        number: u32,
    };
};

pub const Color = enum { red, blue };

pub const ReadError = error{
    Missing,
} || Page.Error;

pub const Value = union(enum) {
    int: i32,
    float: f32,
};

pub fn List(comptime T: type) type {
    return struct {
        items: []T,

        pub fn len(self: @This()) usize {
            _ = self;
            return 0;
        }
    };
}

// Adds numbers.
export fn add(a: i32, b: i32) i32 {
    return a + b;
}

extern fn native(code: c_int) void;

test "adds numbers" {
    try std.testing.expect(add(1, 2) == 3);
}
