// What is being edited: the layout, the side and the element in hand, and the way back.
// Whoever shows something listens for "change" (the layout) and "select" (side or element).

const GROUP_MS = 900;
const STEPS_MAX = 200;

export class Store extends EventTarget {
  constructor(layout, version) {
    super();
    this.layout = layout;
    this.version = version;
    this.side = "front";
    this.selectedId = null;
    this.locked = new Set();
    this.undone = [];
    this.done = [];
    this.lastGroup = null;
    this.saved = JSON.stringify(layout);
  }

  get elements() {
    return this.layout[this.side].elements;
  }

  get selected() {
    return this.elements.find((element) => element.id === this.selectedId) ?? null;
  }

  get isDirty() {
    return JSON.stringify(this.layout) !== this.saved;
  }

  // Every change goes through here. Steps of one group that follow closely are undone together.
  change(words, act, group = null) {
    const before = this.#moment();
    const answer = act(this.layout);
    if (JSON.stringify(this.layout) === before.layout) return answer;
    const continues = group !== null && this.lastGroup?.name === group && Date.now() - this.lastGroup.at < GROUP_MS;
    if (!continues) {
      this.done.push(before);
      if (this.done.length > STEPS_MAX) this.done.shift();
    }
    this.undone = [];
    this.lastGroup = group === null ? null : { name: group, at: Date.now() };
    this.#tell("change", words);
    return answer;
  }

  changeSelected(words, act, group = null) {
    const id = this.selectedId;
    if (this.selected) this.change(words, () => act(this.selected), group && `${group}:${this.side}:${id}`);
  }

  // A drag is one step however long it lasts: its last move keeps the group open.
  endGroup() {
    this.lastGroup = null;
  }

  undo() {
    this.#go(this.done, this.undone, "元に戻しました");
  }

  redo() {
    this.#go(this.undone, this.done, "やり直しました");
  }

  select(id, side = this.side) {
    if (id === this.selectedId && side === this.side) return;
    this.side = side;
    this.selectedId = id;
    this.lastGroup = null;
    this.#tell("select", "");
  }

  markSaved(version, layoutText) {
    this.version = version;
    this.saved = layoutText;
    this.#tell("saved", "");
  }

  freshId(type) {
    const taken = new Set(this.elements.map((element) => element.id));
    let place = 1;
    while (taken.has(`${type}-${place}`)) place += 1;
    return `${type}-${place}`;
  }

  #moment() {
    return { layout: JSON.stringify(this.layout), side: this.side, selectedId: this.selectedId };
  }

  #go(from, to, words) {
    const moment = from.pop();
    if (!moment) return;
    to.push(this.#moment());
    this.layout = JSON.parse(moment.layout);
    this.side = this.layout[moment.side] ? moment.side : "front";
    this.selectedId = moment.selectedId;
    this.lastGroup = null;
    this.#tell("select", "");
    this.#tell("change", words);
  }

  #tell(type, words) {
    this.dispatchEvent(new CustomEvent(type, { detail: { words } }));
  }
}
