// @ts-check
// The reviews that this browser keeps: lines of a journal in IndexedDB, only ever added to.

const NAME = "borrowing-strength";
const STORE = "reviews";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What a browser says of a store, as a reason. @param {any} error */
function reason(error) {
  if (error?.name === "QuotaExceededError") return "its storage is full";
  if (error?.name === "VersionError") return "a newer version of this site has written there; reload the page";
  return "a private window, or a setting, forbids it";
}

/** The lines, and those that could not be written so far: they are tried again with the next. */
export class Kept {
  /** @type {IDBDatabase | undefined} */
  base;
  /** @type {string[]} */
  waiting = [];
  last = 0;
  /** Keys of what this tab has written. @type {Set<number>} */
  mine = new Set();
  /** Why nothing is kept, as a sentence; empty when all is. */
  trouble = "";

  /** @returns {Promise<string[]>} all lines that there are */
  async open() {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { autoIncrement: true });
      this.base = await done(request);
      this.base.onversionchange = () => this.base?.close(); // another tab has a newer version of the site
      return await this.since();
    } catch (error) {
      this.say(error);
      return [];
    }
  }

  /** Lines that another tab has written since this one looked. @returns {Promise<string[]>} */
  async since() {
    if (!this.base) return [];
    const store = this.base.transaction(STORE).objectStore(STORE);
    const range = IDBKeyRange.lowerBound(this.last, true);
    const [keys, lines] = await Promise.all([done(store.getAllKeys(range)), done(store.getAll(range))]);
    if (keys.length) this.last = Number(keys[keys.length - 1]);
    return lines.filter((_, place) => !this.mine.has(Number(keys[place])));
  }

  /** Write lines; when this returns they are on the disk, or `trouble` says why not. @param {string[]} lines */
  async add(lines) {
    this.waiting.push(...lines);
    if (!this.waiting.length) return;
    try {
      if (!this.base) throw new Error();
      const trade = this.base.transaction(STORE, "readwrite", { durability: "strict" });
      const store = trade.objectStore(STORE);
      const written = [...this.waiting];
      const keys = Promise.all(written.map((line) => done(store.add(line))));
      keys.catch(() => {}); // the transaction says it too
      await new Promise((resolve, reject) => {
        trade.oncomplete = resolve;
        trade.onabort = trade.onerror = () => reject(trade.error);
      });
      for (const key of await keys) this.mine.add(Number(key));
      this.waiting.splice(0, written.length);
      this.trouble = "";
      navigator.storage?.persist?.().catch(() => {}); // asked for, so that the browser does not tidy them away
    } catch (error) {
      this.say(error);
    }
  }

  /** @param {any} error */
  say(error) {
    this.trouble =
      `This browser does not keep your reviews: ${reason(error)}. ` +
      "They count until you close this page; save them to a file before.";
  }
}
