// megalodon over real HTTP: it finds out what software answers, logs in by the code flow, writes, reads and listens.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { default: generator, detector } = require("megalodon");

const [url, clientId, clientSecret, code, redirectUri, other] = process.argv.slice(2);

assert.equal(await detector(url), "mastodon");
const visitor = generator("mastodon", url);
const token = await visitor.fetchAccessToken(clientId, clientSecret, code, redirectUri);
const api = generator("mastodon", url, token.access_token);
const friend = generator("mastodon", url, other);

const me = (await api.verifyAccountCredentials()).data;
assert.equal(me.acct, "amal");

const heard = [];
const socket = await api.userStreaming();
for (const kind of ["update", "notification", "delete", "status_update"]) socket.on(kind, () => heard.push(kind));
socket.on("error", (error) => { throw error; });
await new Promise((resolve) => socket.on("connect", resolve));
await new Promise((resolve) => setTimeout(resolve, 500));

const said = (await api.postStatus("hello #culture", { visibility: "public", language: "fr" })).data;
const reply = (await friend.postStatus("@amal answer", { in_reply_to_id: said.id })).data;
assert.deepEqual((await api.getStatusContext(said.id)).data.descendants.map((one) => one.id), [reply.id]);
assert.ok((await friend.favouriteStatus(said.id)).data.favourited);
assert.equal((await friend.reblogStatus(said.id)).data.reblog.id, said.id);
assert.ok((await friend.bookmarkStatus(said.id)).data.bookmarked);
assert.ok((await api.pinStatus(said.id)).data.pinned);
assert.ok((await api.editStatus(said.id, { status: "better" })).data.edited_at);
const asked = (await api.postStatus("which?", { poll: { options: ["tea", "coffee"], expires_in: 600 } })).data;
assert.ok((await friend.votePoll(asked.poll.id, [0])).data.voted);
const types = new Set((await api.getNotifications()).data.map((one) => one.type));
assert.ok(types.has("mention") && types.has("favourite") && types.has("reblog"));
assert.equal((await api.search("better", { type: "statuses" })).data.statuses[0].id, said.id);
const list = (await api.createList("close")).data;
assert.equal((await api.getLists()).data[0].id, list.id);
const filter = (await friend.createFilter("better", ["home"])).data;
assert.equal((await friend.getFilters()).data[0].id, filter.id);
assert.equal((await api.getInstance()).data.title.length > 0, true);
await api.deleteStatus(said.id);

for (let tries = 0; tries < 80 && !heard.includes("delete"); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
socket.stop();
console.log(JSON.stringify({ heard: [...new Set(heard)].sort() }));
process.exit(0);
