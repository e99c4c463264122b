/** What is to happen next: a binary heap by time. */
export class Timeline {
  #times = [];
  #items = [];

  /** The earliest time on it; Infinity if it is empty. */
  get next() {
    return this.#times.length === 0 ? Infinity : this.#times[0];
  }

  add(time, item) {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent] <= time) break;
      times[at] = times[parent];
      items[at] = items[parent];
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  /** Removes and returns the earliest. */
  take() {
    const times = this.#times;
    const items = this.#items;
    const first = { time: times[0], item: items[0] };
    const time = times.pop();
    const item = items.pop();
    if (times.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1] < times[child]) child += 1;
      if (times[child] >= time) break;
      times[at] = times[child];
      items[at] = items[child];
      at = child;
    }
    times[at] = time;
    items[at] = item;
    return first;
  }
}
