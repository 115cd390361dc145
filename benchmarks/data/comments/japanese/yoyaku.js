// 二つの宿泊期間が重なるかどうかを調べる
function kasanaru(a, b) {
  return a.start < b.end && b.start < a.end;
}

// 希望の日程で空いている最初の部屋を探す
function akibeya(rooms, bookings, stay) {
  return rooms.find((room) =>
    bookings.filter((b) => b.room === room.id).every((b) => !kasanaru(b, stay))
  );
}

/**
 * 繁忙期の割増を含めた宿泊料金を求める
 */
function ryokin(stay, rate) {
  const nights = (stay.end - stay.start) / 86400000;
  // お盆の時期は二割増しになる
  const extra = stay.start.getMonth() === 7 ? 1.2 : 1;
  return Math.round(nights * rate * extra);
}

// 予約を取り消し、一週間以上前なら前金を返す
function torikeshi(booking, today) {
  const days = (booking.start - today) / 86400000;
  booking.cancelled = true;
  return days > 7 ? booking.deposit : 0;
}

/* 元の配列を変えずに到着日の順に並べ替える */
function tochakujun(bookings) {
  return [...bookings].sort((a, b) => a.start - b.start);
}

class Uketsuke {
  constructor(rooms) {
    this.rooms = rooms;
    // まだ支払いの済んでいない客をここに覚えておく
    this.unpaid = new Map();
  }

  /** 到着した客に鍵を渡して名前を控える */
  mukaeru(guest, room) {
    this.unpaid.set(guest, room);
    return `key-${room}`;
  }

  /** 出発する客の会計を締める */
  okuru(guest) {
    const room = this.unpaid.get(guest);
    this.unpaid.delete(guest);
    return room;
  }
}

module.exports = { kasanaru, akibeya, ryokin, torikeshi, tochakujun, Uketsuke };
