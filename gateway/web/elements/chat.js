// The talk of one room: what people wrote and what the organizers announced, in order; and the field to write in.

import { html, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { useDesk } from "./desk.js";
import { Face } from "./person.js";
import { nameOf, timeOfDay } from "./words.js";

const SAME_AUTHOR_MS = 180_000; // within three minutes the name is not repeated
const NEAR_END_PX = 80;

/** @param {{roomId: string}} props */
export function Chat({ roomId }) {
  const desk = useDesk();
  const { chat, broadcasts } = desk.state.value;
  const [waiting, setWaiting] = useState(/** @type {{key: number, text: string}[]} */ ([]));
  const entries = useMemo(() => interleaved(chat, broadcasts, roomId), [chat, broadcasts, roomId]);

  /** @param {string} text */
  const send = async (text) => {
    const key = Date.now() + Math.random();
    setWaiting((now) => [...now, { key, text }]);
    const reply = await desk.run("chat.send", { text });
    setWaiting((now) => now.filter((one) => one.key !== key));
    return reply !== null;
  };
  return html`<section class="card chat" aria-labelledby="chat-title">
    <h2 id="chat-title">Chat</h2>
    <${Messages} entries=${entries} waiting=${waiting} />
    <${Compose} send=${send} />
  </section>`;
}

/** @param {readonly any[]} chat @param {readonly any[]} broadcasts @param {string} roomId */
function interleaved(chat, broadcasts, roomId) {
  const said = broadcasts
    .filter((one) => one.roomIds === null || one.roomIds.includes(roomId))
    .map((one) => ({ ...one, id: `said-${one.sentAt}`, said: true }));
  const all = [...chat, ...said].sort((a, b) => a.sentAt - b.sentAt);
  return all.map((entry, index) => ({ entry, same: continues(all[index - 1], entry) }));
}

/** @param {any} before @param {any} entry */
function continues(before, entry) {
  return (
    Boolean(before) &&
    !before.said &&
    !entry.said &&
    before.user.id === entry.user.id &&
    entry.sentAt - before.sentAt < SAME_AUTHOR_MS
  );
}

/** @param {{entries: {entry: any, same: boolean}[], waiting: {key: number, text: string}[]}} props */
function Messages({ entries, waiting }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const follow = () => {
    const { scrollHeight, scrollTop, clientHeight } = /** @type {HTMLElement} */ (box.current);
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [entries, waiting]);
  return html`<div class="messages" role="log" aria-label="Messages" tabindex="0" ref=${box} onScroll=${follow}>
    ${
      entries.length + waiting.length === 0 &&
      html`<p
      class="muted small">Nobody has written yet. Everybody in this room can read what you write.</p>`
    }
    ${entries.map(({ entry, same }) =>
      entry.said
        ? html`<${Announcement} key=${entry.id} entry=${entry} />`
        : html`<${Message} key=${entry.id} message=${entry} same=${same} />`,
    )}
    ${waiting.map(
      ({ key, text }) => html`<div key=${key} class="message"><p class="words pre muted">${text}</p><p
      class="words small muted">sending…</p></div>`,
    )}
  </div>`;
}

/** @param {{message: any, same: boolean}} props */
function Message({ message, same }) {
  const name = nameOf(message.user);
  return html`<div class="message ${same ? "same" : ""}">
    ${!same && html`<${Face} id=${message.user.id} name=${name} />`}
    <div class="words">
      ${
        !same &&
        html`<p class="small"><span
        class="strong">${name}</span> <time>${timeOfDay(message.sentAt)}</time></p>`
      }
      <p class="pre">${message.text}</p>
    </div>
  </div>`;
}

/** @param {{entry: any}} props */
function Announcement({ entry }) {
  return html`<div class="said">
    <p class="small"><span class="strong">Announcement from ${nameOf(entry.user)}</span> <span
      class="muted">${timeOfDay(entry.sentAt)}</span></p>
    <p class="pre">${entry.text}</p>
  </div>`;
}

/** @param {{send: (text: string) => Promise<boolean>}} props */
function Compose({ send }) {
  const [text, setText] = useState("");
  const submit = async () => {
    const words = text.trim();
    if (!words) return;
    setText("");
    if (!(await send(words))) setText((now) => now || words); // a refused text is not lost
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  return html`<form class="compose" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  }}>
    <textarea class="input" rows="1" maxlength="2000" aria-label="Message to this room" placeholder="Write to this room"
      value=${text}
      onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)} onKeyDown=${key}></textarea>
    <button class="button primary" disabled=${!text.trim()}>Send</button>
  </form>`;
}
