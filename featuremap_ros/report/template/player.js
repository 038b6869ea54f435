// One video element per clip, all with the same times; one of them is seen.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// A picture is shown from its time on; the decimals of a video's clock need a little room.
const AFTER = 0.001;

function createPlayer(screen, clips) {
  const videos = clips.map(() => null);
  const listeners = [];
  let current = -1;
  let wanted = 0;

  function video(index) {
    if (!videos[index]) {
      const element = document.createElement('video');
      const base64 = document.getElementById(`clip-${index}`);
      // Safari plays a blob, but not a data URL.
      const blob = new Blob([bytesOf(base64.textContent)], { type: 'video/mp4' });
      base64.remove();
      element.src = URL.createObjectURL(blob);
      element.width = clips[index].width;
      element.height = clips[index].height;
      element.controls = true;
      element.muted = true;
      element.playsInline = true;
      element.preload = 'auto';
      element.hidden = true;
      element.addEventListener('loadedmetadata', () => { element.currentTime = wanted; });
      for (const name of ['seeking', 'seeked', 'loadeddata', 'pause']) {
        element.addEventListener(name, () => index === current && announce());
      }
      element.addEventListener('play', () => index === current && announceWhilePlaying());
      screen.append(element);
      videos[index] = element;
    }
    return videos[index];
  }

  function announce() {
    for (const listener of listeners) listener(videos[current].currentTime);
  }

  function announceWhilePlaying() {
    announce();
    if (!videos[current].paused) requestAnimationFrame(announceWhilePlaying);
  }

  // The old clip stays in sight until the new one is at the same time.
  function show(index) {
    if (index === current) return;
    const before = videos[current];
    const next = video(index);
    current = index;
    if (before) {
      if (!before.hidden) wanted = before.currentTime;
      next.playbackRate = before.playbackRate;
    }
    const swap = () => {
      if (current !== index) return;
      const others = videos.filter((other) => other && other !== next);
      const playing = others.some((other) => !other.paused);
      for (const other of others) {
        other.hidden = true;
        other.pause();
      }
      next.hidden = false;
      if (playing) next.play();
      announce();
    };
    next.addEventListener('seeked', swap, { once: true });
    if (next.readyState >= 1) next.currentTime = wanted;
  }

  return {
    show,
    seek(seconds) {
      wanted = seconds + AFTER;
      if (videos[current].readyState >= 1) videos[current].currentTime = wanted;
    },
    onTime(listener) { listeners.push(listener); },
  };
}
