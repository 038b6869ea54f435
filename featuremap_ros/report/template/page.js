// Joins the video, the chart, the worst moments and the large pictures.

const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);

function words(value) {
  if (value === null || value === undefined) return { text: '\u2013', side: '' };
  const size = Math.abs(value).toFixed(data.digits);
  if (Number(size) === 0) return { text: `0${data.sign}`, side: '' };
  const side = value > 0 ? 'left' : 'right';
  return { text: `${size}${data.sign} ${side}`, side };
}

function say(output, value) {
  const { text, side } = words(value);
  output.textContent = text;
  output.className = side;
}

// Buttons of which one is chosen.
function choice(box, labels, chosen, onChoice) {
  const buttons = labels.map((label, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.setAttribute('role', 'radio');
    button.addEventListener('click', () => choose(index));
    box.append(button);
    return button;
  });
  function choose(index) {
    buttons.forEach((button, i) => button.setAttribute('aria-checked', String(i === index)));
    onChoice(index);
  }
  choose(chosen);
}

function describe(clip) {
  const about = byId('about');
  about.replaceChildren(clip.about);
  if (clip.bar) {
    const scale = document.createElement('div');
    scale.className = 'scale';
    const bar = document.createElement('img');
    bar.src = clip.bar;
    bar.alt = `${clip.colormap} colours`;
    scale.append(clip.low, bar, clip.high);
    about.append(scale);
  }
}

const player = createPlayer(byId('screen'), data.clips);
const chart = createChart(byId('chart'), data, (seconds, rank) => {
  player.seek(seconds);
  if (rank) mark(rank);
});

function mark(rank) {
  for (const moment of document.querySelectorAll('.moment')) {
    moment.classList.toggle('current', moment.id === `moment-${rank}`);
  }
}

player.onTime((seconds) => {
  const i = indexAt(data.times, seconds);
  say(byId('pilot-now'), data.pilot[i]);
  say(byId('driver-now'), data.driver[i]);
  byId('time-now').textContent = `${seconds.toFixed(2)} s`;
  chart.setTime(seconds);
});
const alone = data.driver.every((value) => value === null);
byId('driver-box').hidden = alone;
byId('apart').hidden = alone;
byId('apart').append(`more than ${data.apart.toFixed(data.digits)}${data.sign} apart`);

choice(byId('switch'), data.clips.map((clip) => clip.name), 0, (index) => {
  player.show(index);
  describe(data.clips[index]);
});

const windows = [20, 5].filter((seconds) => chart.end > 1.5 * seconds);
if (windows.length) {
  const labels = ['whole race', ...windows.map((seconds) => `${seconds} s`)];
  choice(byId('windows'), labels, 0, (index) => chart.setWindow([null, ...windows][index]));
}

for (const button of document.querySelectorAll('.seek')) {
  button.addEventListener('click', () => {
    player.seek(Number(button.dataset.at));
    mark(button.dataset.rank);
    if (button.closest('.moment')) byId('race').scrollIntoView();
  });
}

const large = byId('large');
document.addEventListener('click', (event) => {
  if (event.target.matches('figure img')) {
    const picture = large.querySelector('img');
    picture.src = event.target.src;
    picture.alt = event.target.alt;
    picture.className = event.target.className;
    large.showModal();
  } else if (event.target.closest('dialog')) {
    large.close();
  }
});
