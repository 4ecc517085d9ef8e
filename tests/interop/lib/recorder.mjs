// Both run inside the page (they are handed over as text, so each must stand alone): the sound of the
// call's remote stream, sample by sample as the browser plays it.

export async function startRecorder() {
  const worklet = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples) this.port.postMessage(samples.slice());
      return true;
    }
  });`;
  const context = new AudioContext({ sampleRate: 48000 });
  const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
  await context.audioWorklet.addModule(url);
  const recorder = new AudioWorkletNode(context, "recorder", {
    channelCount: 1,
    channelCountMode: "explicit",
  });
  const chunks = [];
  recorder.port.onmessage = (message) => chunks.push(message.data);
  const mute = new GainNode(context, { gain: 0 }); // a node without a way out is not run
  context.createMediaStreamSource(window.viaduct.call.remoteStream).connect(recorder);
  recorder.connect(mute).connect(context.destination);
  window.recording = { context, chunks };
}

export async function stopRecorder() {
  const { context, chunks } = window.recording;
  await context.close();
  const pcm = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks)
    for (const sample of chunk) pcm[at++] = Math.max(-1, Math.min(1, sample)) * 32767;
  const bytes = new Uint8Array(pcm.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768)
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { rate: context.sampleRate, pcm: btoa(text) };
}
