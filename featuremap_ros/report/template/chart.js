// Steering over time as SVG, drawn anew for the width there is.

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = { top: 42, right: 10, bottom: 24, left: 42 };
const APART = 28;

function make(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// Round numbers within a range, about `count` of them.
function ticksOf(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * (1 - 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) {
    ticks.push(i * step);
  }
  return ticks;
}

const short = (number) => String(Math.round(number * 1000) / 1000).replace('-', '\u2212');

// The last index whose time is not after t, 0 if there is none.
function indexAt(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}

// A path of at most a few points per pixel: of each column the first, lowest, highest and last.
function linePath(times, values, x, y, range) {
  const first = Math.max(indexAt(times, range[0]), 0);
  const last = Math.min(indexAt(times, range[1]) + 1, times.length - 1);
  const pieces = [];
  let pen = 'M';
  let column = [];
  const flush = () => {
    if (!column.length) return;
    const picks = new Set([column[0], column[column.length - 1]]);
    picks.add(column.reduce((a, b) => (values[b] < values[a] ? b : a)));
    picks.add(column.reduce((a, b) => (values[b] > values[a] ? b : a)));
    for (const i of [...picks].sort((a, b) => a - b)) {
      pieces.push(`${pen}${x(times[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`);
      pen = 'L';
    }
    column = [];
  };
  for (let i = first; i <= last; i += 1) {
    if (values[i] === null) {
      flush();
      pen = 'M';
    } else {
      if (column.length && Math.floor(x(times[i])) !== Math.floor(x(times[column[0]]))) flush();
      column.push(i);
    }
  }
  flush();
  return pieces.join('');
}

// Where two lines lie further apart than `least`: first and last index of each stretch.
function stretches(one, other, least) {
  const found = [];
  for (let i = 0; i < one.length; i += 1) {
    if (one[i] === null || other[i] === null || Math.abs(one[i] - other[i]) <= least) continue;
    const last = found[found.length - 1];
    if (last && last[1] === i - 1) last[1] = i;
    else found.push([i, i]);
  }
  return found;
}

// Push numbers apart that would cover each other, and keep them between the ends.
function spread(places, low, high) {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const moved = places.slice();
  let least = low;
  for (const i of order) {
    moved[i] = Math.max(moved[i], least);
    least = moved[i] + APART;
  }
  let most = high;
  for (const i of order.reverse()) {
    moved[i] = Math.min(moved[i], most);
    most = moved[i] - APART;
  }
  return moved;
}

function createChart(box, data, onSeek) {
  const { times } = data;
  const end = Math.max(times[times.length - 1], 1e-3);
  const sizes = [...data.pilot, ...data.driver].filter((v) => v !== null).map(Math.abs);
  const reach = 1.08 * Math.max(sizes.reduce((a, b) => Math.max(a, b), 0), data.least);
  const apart = stretches(data.pilot, data.driver, data.apart);
  let shown = end;
  let now = 0;
  let from = 0;
  let parts = null;

  function draw() {
    const width = Math.max(box.clientWidth, 240);
    const confidence = data.confidence.some((v) => v !== null);
    const tall = width < 480 ? 230 : 290;
    const strip = confidence ? 76 : 0;
    const plot = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: tall - MARGIN.bottom };
    const to = from + shown;
    const x = (t) => plot.left + ((t - from) / shown) * (plot.right - plot.left);
    const y = (v) => plot.top + ((reach - v) / (2 * reach)) * (plot.bottom - plot.top);
    const svg = make('svg', { width, height: tall + strip, viewBox: `0 0 ${width} ${tall + strip}`, role: 'group', 'aria-label': `Steering over time, in ${data.unit}` });
    const clips = make('defs', {}, svg);
    for (const [name, top, bottom] of [['above', plot.top, y(0)], ['below', y(0), plot.bottom], ['all', 0, tall + strip]]) {
      const clip = make('clipPath', { id: `clip-${name}` }, clips);
      make('rect', { x: plot.left, y: top, width: plot.right - plot.left, height: bottom - top }, clip);
    }
    for (const value of ticksOf(-reach, reach, 5)) {
      make('line', { class: value === 0 ? 'zero' : 'grid', x1: plot.left, x2: plot.right, y1: y(value), y2: y(value) }, svg);
      make('text', { x: plot.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, svg, short(value) + data.sign);
    }
    for (const second of ticksOf(from, to, width / 90)) {
      make('text', { x: x(second), y: tall - 6, 'text-anchor': 'middle' }, svg, `${short(second)} s`);
    }
    for (const [first, last] of apart) {
      const left = x(times[first]);
      const right = Math.max(x(times[Math.min(last + 1, times.length - 1)]), left + 2);
      make('rect', { class: 'apart', x: left, y: plot.top, width: right - left, height: plot.bottom - plot.top, 'clip-path': 'url(#clip-all)' }, svg);
    }
    const line = linePath(times, data.pilot, x, y, [from, to]);
    if (line) {
      const first = Math.max(indexAt(times, from), 0);
      const last = Math.min(indexAt(times, to) + 1, times.length - 1);
      const area = `${line}L${x(times[last]).toFixed(1)} ${y(0)}L${x(times[first]).toFixed(1)} ${y(0)}Z`;
      make('path', { class: 'left-area', d: area, 'clip-path': 'url(#clip-above)' }, svg);
      make('path', { class: 'right-area', d: area, 'clip-path': 'url(#clip-below)' }, svg);
    }
    make('path', { class: 'driver', d: linePath(times, data.driver, x, y, [from, to]), 'clip-path': 'url(#clip-all)' }, svg);
    make('path', { class: 'pilot', d: line, 'clip-path': 'url(#clip-all)' }, svg);
    make('text', { class: 'left-word', x: plot.left + 6, y: plot.top + 14 }, svg, '\u25b2 left');
    make('text', { class: 'right-word', x: plot.left + 6, y: plot.bottom - 6 }, svg, '\u25bc right');
    // Where the cursor is drawn: not over the seconds, which stand between the axes.
    const cuts = [[plot.top, plot.bottom]];
    if (confidence) {
      const sure = (v) => tall + strip - 8 - v * (strip - 30);
      make('text', { x: plot.left + 6, y: tall + 16 }, svg, 'confidence');
      for (const value of [0, 0.5, 1]) {
        make('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: sure(value), y2: sure(value) }, svg);
        make('text', { class: 'sure', x: plot.left - 6, y: sure(value) + 4, 'text-anchor': 'end' }, svg, short(value));
      }
      cuts.push([sure(1), sure(0)]);
      make('path', { class: 'confidence', d: linePath(times, data.confidence, x, sure, [from, to]), 'clip-path': 'url(#clip-all)' }, svg);
    }
    const hover = make('line', { class: 'hover', y1: plot.top, y2: tall - MARGIN.bottom, visibility: 'hidden' }, svg);
    const cursor = make('g', { class: 'cursor' }, svg);
    for (const [top, bottom] of cuts) make('line', { x1: 0, x2: 0, y1: top, y2: bottom }, cursor);
    drawMarks(svg, x, plot, [from, to]);
    box.replaceChildren(svg);
    parts = { x, plot, cursor, hover };
    place();
  }

  function drawMarks(svg, x, plot, range) {
    const marks = data.marks.filter((m) => m.at >= range[0] - 1e-6 && m.at <= range[1] + 1e-6);
    const places = spread(marks.map((m) => x(m.at)), plot.left + 6, plot.right - 4);
    marks.forEach((mark, i) => {
      const group = make('g', { class: 'mark', role: 'button', tabindex: 0, 'data-rank': mark.rank, 'aria-label': `Worst moment ${mark.rank}, at ${mark.at.toFixed(2)} seconds: ${mark.reason}` }, svg);
      make('title', {}, group, `${mark.at.toFixed(2)} s: ${mark.reason}`);
      make('path', { d: `M${places[i]} 24L${x(mark.at)} ${plot.top}V${plot.bottom}` }, group);
      make('circle', { cx: places[i], cy: 14, r: 11 }, group);
      make('text', { x: places[i], y: 18 }, group, mark.rank);
      make('rect', { class: 'touch', x: places[i] - APART / 2, y: 0, width: APART, height: plot.top }, group);
      const go = (event) => {
        event.preventDefault();
        event.stopPropagation();
        onSeek(mark.at, mark.rank);
      };
      group.addEventListener('click', go);
      group.addEventListener('pointerdown', (event) => event.stopPropagation());
      group.addEventListener('keydown', (event) => ['Enter', ' '].includes(event.key) && go(event));
    });
  }

  function place() {
    if (!parts) return;
    const at = parts.x(now);
    parts.cursor.setAttribute('transform', `translate(${at} 0)`);
  }

  // The part of the race in sight follows the video.
  function follow() {
    const wanted = shown >= end ? 0 : Math.min(Math.max(now - shown / 2, 0), end - shown);
    if (wanted === from) return place();
    from = wanted;
    return draw();
  }

  function timeAt(event) {
    const { left } = box.getBoundingClientRect();
    const { plot } = parts;
    const share = (event.clientX - left - plot.left) / (plot.right - plot.left);
    return from + Math.min(Math.max(share, 0), 1) * Math.min(shown, end - from);
  }

  let dragging = false;
  box.addEventListener('pointerdown', (event) => {
    dragging = true;
    box.setPointerCapture(event.pointerId);
    onSeek(timeAt(event));
  });
  box.addEventListener('pointermove', (event) => {
    if (dragging && shown >= end) onSeek(timeAt(event));
    const at = parts.x(timeAt(event));
    parts.hover.setAttribute('x1', at);
    parts.hover.setAttribute('x2', at);
    parts.hover.setAttribute('visibility', event.pointerType === 'mouse' ? 'visible' : 'hidden');
  });
  for (const name of ['pointerup', 'pointercancel']) {
    box.addEventListener(name, () => { dragging = false; });
  }
  box.addEventListener('pointerleave', () => parts.hover.setAttribute('visibility', 'hidden'));
  new ResizeObserver(draw).observe(box);

  return {
    setTime(t) {
      now = t;
      follow();
    },
    setWindow(seconds) {
      shown = seconds === null ? end : Math.min(seconds, end);
      from = -1;
      follow();
    },
    end,
  };
}
