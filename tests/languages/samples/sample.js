#!/usr/bin/env node
/**
 * Helpers for dates.
 */
'use strict';

const path = require('path');

/** Adds days to a date. */
export function addDays(date, days) {
  // Clock changes are ignored.
  const shift = (n) => {
    const ms = n * 86400000;
    return ms;
  };
  return new Date(date.getTime() + shift(days));
}

// Formats a date.
export const format = async (date, pattern = 'Y-m-d') => {
  return pattern.replace('Y', date.getFullYear());
};

exports.parse = function (text) {
  return new Date(text);
};

Calendar.prototype.next = function next() {
  return this.days[0];
};

/**
 * A calendar of days.
 */
export default class Calendar extends Base {
  static #limit = 3;
  days = [];

  /** Makes a calendar. */
  constructor(days) {
    super();
    this.days = days;
  }

  get first() {
    return this.days[0];
  }

  handle = (event) => {
    this.days.push(event);
  };

  async *[Symbol.iterator]() {
    yield* this.days;
  }
}

const api = {
  // Lists all days.
  list() {
    return [];
  },
  remove: function (id) {
    return id;
  },
  nested: {
    find: (id) => id,
  },
};

function Widget({ title }) {
  return <div className="widget">{title}</div>;
}

function* ids() {
  yield 1;
}

const limit = 10;
module.exports = { limit, api };

describe("Calendar", () => {
  const calendar = new Calendar([]);

  // Sundays come first.
  it("starts on Sunday", () => {
    expect(calendar.first).toBe(undefined);
  });
});
