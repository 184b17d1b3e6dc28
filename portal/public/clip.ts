/** A browser that cannot play a film shows its moving picture instead, when that has arrived. */
for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-moving-picture]')) {
  // The error of a source does not bubble.
  video.querySelector('source')?.addEventListener('error', () => {
    const picture = new Image(video.width, video.height);
    picture.src = video.dataset.movingPicture ?? '';
    picture.alt = video.ariaLabel ?? '';
    picture.className = video.className;
    video.replaceWith(picture);
  });
}
