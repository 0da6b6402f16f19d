// Socket.IO on Node: rooms by socket.join, and the full roster to everybody at each join, as many apps do.
// node socketio_peer.cjs NODE_MODULES

const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { Server } = require(path.join(process.argv[2], "socket.io"));

const LASTS_MS = 12 * 3600 * 1000;
const server = http.createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
const rosters = new Map();
let seq = 0;

io.on("connection", (socket) => {
  let roomId = null;
  let user = null;
  socket.on("join", (data, ack) => {
    roomId = data.roomId;
    user = data.user;
    socket.join(roomId);
    if (!rosters.has(roomId)) rosters.set(roomId, new Map());
    const roster = rosters.get(roomId);
    roster.set(socket.id, {
      ...user, role: "PARTICIPANT", joinedAt: Date.now(), connected: true, speaking: false, speakingTimeSeconds: 0,
    });
    const participants = [...roster.values()];
    io.to(roomId).emit("breakout.participants.update", { roomId, participants, participantCount: roster.size });
    ack({ success: true, participants });
  });
  socket.on("chat", (data, ack) => {
    seq += 1;
    const message = { id: String(seq), roomId, user, text: data.text, sentAt: Date.now() };
    io.to(roomId).emit("breakout.chat.message", { seq, message });
    ack({ success: true });
  });
  socket.on("disconnect", () => {
    if (roomId !== null) rosters.get(roomId).delete(socket.id);
  });
});

function tick(beatMs) {
  const endsAt = (Math.floor(Date.now() / 1000) * 1000) + LASTS_MS;
  let left = Math.floor((endsAt - Date.now()) / beatMs);
  const next = () => setTimeout(beat, Math.max(0, endsAt - left * beatMs - Date.now()));
  const beat = () => {
    const serverAt = Date.now();
    for (const roomId of rosters.keys()) {
      io.to(roomId).emit("breakout.timer.tick", { roomId, remainingSeconds: left, endsAt, serverAt, revision: 1 });
    }
    left -= 1;
    next();
  };
  next();
}

function recall() {
  for (const roomId of rosters.keys()) {
    io.to(roomId).emit("breakout.recalled", {
      recallId: "0123456789abcdef0123", roomId, reason: "recall", mode: "forced", graceSeconds: 0, returnAt: Date.now(),
    });
  }
}

server.listen(0, "127.0.0.1", 4096, () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [word, argument] = line.trim().split(" ");
  if (word === "tick") tick(Number(argument));
  if (word === "recall") recall();
  console.log("{}");
});
lines.on("close", () => process.exit(0));
