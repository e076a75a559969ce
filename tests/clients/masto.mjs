// masto.js, the library of Elk and Phanpy, over real HTTP.  Asked with the node's address and a code; says what it did.
import assert from "node:assert/strict";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const [url, clientId, clientSecret, code, redirectUri, other] = process.argv.slice(2);

const oauth = createOAuthAPIClient({ url });
const token = await oauth.token.create({
  grantType: "authorization_code", clientId, clientSecret, code, redirectUri, scope: "read write follow push",
});
const api = createRestAPIClient({ url, accessToken: token.accessToken });
const friend = createRestAPIClient({ url, accessToken: other });

const me = await api.v1.accounts.verifyCredentials();
assert.equal(me.acct, "amal");

const instance = await api.v2.instance.fetch();
const stream = createStreamingAPIClient({
  accessToken: token.accessToken, streamingApiUrl: instance.configuration.urls.streaming + "/api/v1/streaming",
});
const heard = [];
const listening = (async () => {
  for await (const event of stream.user.subscribe()) {
    heard.push(event.event);
    if (heard.length >= 4) break;
  }
})();
await new Promise((resolve) => setTimeout(resolve, 700));

const picture = Buffer.from(process.env.PICTURE, "base64");
const media = await api.v2.media.create({ file: new File([picture], "a.jpg", { type: "image/jpeg" }), description: "a field" });
assert.ok(media.url);
const said = await api.v1.statuses.create({ status: "hello #culture", mediaIds: [media.id], language: "fr" });
assert.equal(said.mediaAttachments[0].description, "a field");
const reply = await friend.v1.statuses.create({ status: "@amal answer", inReplyToId: said.id });
const context = await api.v1.statuses.$select(said.id).context.fetch();
assert.deepEqual(context.descendants.map((one) => one.id), [reply.id]);
await friend.v1.statuses.$select(said.id).favourite();
await friend.v1.statuses.$select(said.id).reblog();
const edited = await api.v1.statuses.$select(said.id).update({ status: "better", mediaIds: [media.id] });
assert.ok(edited.editedAt);
assert.equal((await api.v1.statuses.$select(said.id).history.list()).length, 2);

const asked = await api.v1.statuses.create({ status: "which?", poll: { options: ["tea", "coffee"], expiresIn: 600 } });
const voted = await friend.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] });
assert.deepEqual(voted.ownVotes, [1]);

const filter = await friend.v2.filters.create({
  title: "quiet", context: ["home"], filterAction: "warn", keywordsAttributes: [{ keyword: "better", wholeWord: true }],
});
const seen = await friend.v1.statuses.$select(said.id).fetch();
assert.equal(seen.filtered[0].filter.id, filter.id);
await friend.v2.filters.$select(filter.id).update({ title: "louder", filterAction: "hide" });

const told = await api.v1.notifications.list();
assert.deepEqual(new Set(told.map((one) => one.type)), new Set(["mention", "favourite", "reblog"]));
const grouped = await api.v2.notifications.list();
assert.equal(grouped.notificationGroups.length, 3);
const found = await api.v2.search.list({ q: "better" });
assert.equal(found.statuses[0].id, said.id);
const profile = await api.v1.accounts.updateCredentials({ note: "words", source: { privacy: "unlisted" } });
assert.equal(profile.source.privacy, "unlisted");
const list = await api.v1.lists.create({ title: "close" });
await api.v1.lists.$select(list.id).update({ title: "closer", repliesPolicy: "none" });
await api.v1.markers.create({ home: { lastReadId: said.id } });
assert.equal((await api.v1.preferences.fetch())["posting:default:visibility"], "unlisted");

await api.v1.statuses.$select(said.id).remove();
await Promise.race([listening, new Promise((_, reject) => setTimeout(() => reject(new Error("heard " + heard)), 8000))]);
stream.close();
console.log(JSON.stringify({ heard: [...new Set(heard)].sort() }));
process.exit(0);
