// Phones that encrypt: keys in the SDP, DTLS on the port pair, DTLS over ICE on the shared port.
import { Phone } from "../lib/baresip.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { Server } from "../lib/server.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

// With ICE baresip falls silent where ICE is not answered: it calls, muxed, and is not called.
const ICE = { mediaenc: "dtls_srtp", medianat: "ice" };
const CALLERS = [
  { name: "SDES", account: { mediaenc: "srtp-mandf" } },
  { name: "DTLS", account: { mediaenc: "dtls_srtp" } },
  { name: "DTLS over ICE", account: ICE, mux: true },
];
// baresip takes just the profile it would offer itself: RTP/SAVP is srtp-mand.
const CALLED = [
  { name: "SDES", offered: "sdes", account: { mediaenc: "srtp-mand" } },
  { name: "DTLS", offered: "dtls", account: { mediaenc: "dtls_srtp" } },
  { name: "DTLS, muxed", offered: "dtls", account: { mediaenc: "dtls_srtp" }, mux: true },
];

// baresip's audio begins when DTLS is done, on a busy machine after a retransmission (1 s).
const HANDSHAKE_SECONDS = 3;

/** One call, long enough to be judged. */
async function talk(caller, called, number) {
  called.forget();
  await caller.dial(number);
  await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
  await seconds(HANDSHAKE_SECONDS + TALK_SECONDS);
  await caller.command("hangup");
  await called.event("CALL_CLOSED");
}

scenario("phones with SDES, DTLS and DTLS over ICE call a plain one", async (t, keep) => {
  const server = await keep(Server.start());
  await Promise.all(
    CALLERS.map(async ({ name, account, mux }, i) => {
      const caller = await keep(Phone.start(server, `100${i}`, { tone: PHONE_TONE, account, mux }));
      const called = await keep(Phone.start(server, `101${i}`, { tone: BROWSER_TONE }));
      await talk(caller, called, `101${i}`);
      await assertTone(t, `${name}: the secure caller`, await caller.recording(), BROWSER_TONE);
      await assertTone(t, `${name}: the plain called`, await called.recording(), PHONE_TONE);
    }),
  );
});

scenario("a plain phone calls phones with SDES and DTLS, RTCP muxed and apart", async (t, keep) => {
  const demand = ({ users }) =>
    CALLED.forEach(({ offered }, i) => {
      users.find(({ name }) => name === `100${i}`).media_encryption = offered;
    });
  const server = await keep(Server.start({ change: demand }));
  await Promise.all(
    CALLED.map(async ({ name, account, mux }, i) => {
      const called = await keep(Phone.start(server, `100${i}`, { tone: PHONE_TONE, account, mux }));
      const caller = await keep(Phone.start(server, `101${i}`, { tone: BROWSER_TONE }));
      await talk(caller, called, `100${i}`);
      await assertTone(t, `${name}: the plain caller`, await caller.recording(), PHONE_TONE);
      await assertTone(t, `${name}: the secure called`, await called.recording(), BROWSER_TONE);
    }),
  );
});
