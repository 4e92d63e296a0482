// Talking with the centre. A refusal is an Error with the words a person is shown.

export class Refused extends Error {
  constructor(status, refusal) {
    super(refusal.title);
    this.status = status;
    this.code = refusal.code;
    this.faults = refusal.faults ?? [];
  }
}

const SIGNED_OUT = { code: "signed_out", title: "サインインの期限が切れました。別のタブでサインインしてから、もう一度お試しください。" };
const NOT_ALLOWED = { code: "not_allowed", title: "この操作をする権限がありません。" };
const UNCLEAR = { code: "unclear", title: "センターからの応答を読み取れません。しばらくしてからお試しください。" };
const UNREACHED = { code: "unreached", title: "センターに接続できません。通信を確認してください。" };

function token() {
  return document.querySelector("meta[name=csrf-token]").content;
}

async function refusalOf(answer) {
  try {
    return await answer.json();
  } catch {
    return answer.status === 403 ? NOT_ALLOWED : UNCLEAR;
  }
}

async function send(address, words) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...words });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Refused(0, UNREACHED);
  }
  if (answer.redirected) throw new Refused(401, SIGNED_OUT);
  if (!answer.ok) throw new Refused(answer.status, await refusalOf(answer));
  return answer;
}

export function post(address, document, signal) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
  return send(address, { method: "POST", headers, body: JSON.stringify(document), signal });
}

export async function upload(address, file) {
  const body = new FormData();
  body.append("file", file);
  const answer = await send(address, { method: "POST", headers: { "X-CSRFToken": token() }, body });
  return answer.json();
}

export async function read(address) {
  const answer = await send(address, {});
  return answer.json();
}
