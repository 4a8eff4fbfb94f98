// Calls an endpoint with the AWS SDK for JavaScript, and prints what doesn't answer as AWS does: nothing, if all is well.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.COFFEESHOP_CLIENTS}/`);
const s3 = require("@aws-sdk/client-s3");
const iam = require("@aws-sdk/client-iam");
const sts = require("@aws-sdk/client-sts");
const sqs = require("@aws-sdk/client-sqs");

const bucket = "sdk-bucket";
const oddKey = "a b/é+&.txt";
const listing = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` }],
};
const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};
const objects = new s3.S3Client({ forcePathStyle: true });
const users = new iam.IAMClient({});
// By default, this SDK sends a queue's calls to the host in its URL, which is AWS's.
const queues = new sqs.SQSClient({ useQueueUrlAsEndpoint: false });
const object = (name, input) => objects.send(new s3[`${name}Command`]({ Bucket: bucket, ...input }));
const user = (name, input) => users.send(new iam[`${name}Command`](input));
const queue = (name, input) => queues.send(new sqs[`${name}Command`](input));
const as = (key) => ({
  credentials: {
    accessKeyId: key.AccessKeyId,
    secretAccessKey: key.SecretAccessKey,
    sessionToken: key.SessionToken,
  },
});
const caller = async (options) =>
  (await new sts.STSClient(options).send(new sts.GetCallerIdentityCommand({}))).Arn;

async function expect(name, wanted, answer) {
  let found;
  try {
    found = await answer();
  } catch (error) {
    found = error.name;
  }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) console.log(name, wanted, found);
  return found;
}

await expect("caller", "arn:aws:iam::111122223333:root", () => caller({}));
await object("CreateBucket");
const put = { Key: oddKey, Body: "hello", Metadata: { colour: "red" }, ContentType: "text/plain", Tagging: "a=b" };
await object("PutObject", put);
await object("PutObject", { Key: "big", Body: Buffer.alloc(300_000, 1), ChecksumAlgorithm: "SHA256" });
await expect("object", ["hello", { colour: "red" }, "text/plain"], async () => {
  const got = await object("GetObject", { Key: oddKey });
  return [await got.Body.transformToString(), got.Metadata, got.ContentType];
});
await expect("checksum", 300_000, async () => {
  const got = await object("GetObject", { Key: "big", ChecksumMode: "ENABLED" });
  return (await got.Body.transformToByteArray()).length;
});
await expect("range", "el", async () =>
  (await object("GetObject", { Key: oddKey, Range: "bytes=1-2" })).Body.transformToString());
await object("CopyObject", { Key: "copy", CopySource: `${bucket}/big` });
await expect("pages", [oddKey, "big", "copy"], async () => {
  const keys = [];
  for await (const page of s3.paginateListObjectsV2({ client: objects, pageSize: 1 }, { Bucket: bucket }))
    keys.push(...page.Contents.map((each) => each.Key));
  return keys;
});
await expect("a bucket in the host's name", 3, async () =>
  (await new s3.S3Client({}).send(new s3.ListObjectsV2Command({ Bucket: bucket }))).KeyCount);
await expect("no key", "NoSuchKey", () => object("GetObject", { Key: "none" }));
await expect("no object", "NotFound", () => object("HeadObject", { Key: "none" }));
await expect("no bucket", "NoSuchBucket", () => object("ListObjectsV2", { Bucket: "none-such" }));

await expect("dates", true, async () =>
  (await user("CreateUser", { UserName: "zoe" })).User.CreateDate instanceof Date);
await expect("waiter", "SUCCESS", async () =>
  (await iam.waitUntilUserExists({ client: users, maxWaitTime: 10 }, { UserName: "zoe" })).state);
await user("PutUserPolicy", { UserName: "zoe", PolicyName: "list", PolicyDocument: JSON.stringify(listing) });
await expect("policy", listing, async () => {
  const got = await user("GetUserPolicy", { UserName: "zoe", PolicyName: "list" });
  return JSON.parse(decodeURIComponent(got.PolicyDocument));
});
await expect("existing user", "EntityAlreadyExistsException", () => user("CreateUser", { UserName: "zoe" }));
await expect("missing user", "NoSuchEntityException", () => user("GetUser", { UserName: "nobody" }));
const key = (await user("CreateAccessKey", { UserName: "zoe" })).AccessKey;
const zoe = new s3.S3Client({ ...as(key), forcePathStyle: true });
await expect("allowed", 3, async () => (await zoe.send(new s3.ListObjectsV2Command({ Bucket: bucket }))).KeyCount);
await expect("denied", "AccessDenied", () => zoe.send(new s3.GetObjectCommand({ Bucket: bucket, Key: "big" })));
await expect("denied by IAM", "AccessDenied", () => new iam.IAMClient(as(key)).send(new iam.ListUsersCommand({})));
await expect("unknown key", "InvalidClientTokenId", () =>
  caller(as({ AccessKeyId: "AKIAIOSFODNN7NOSUCH0", SecretAccessKey: "x" })));
await user("CreateRole", { RoleName: "till", AssumeRolePolicyDocument: JSON.stringify(trust) });
await expect("session", "arn:aws:sts::111122223333:assumed-role/till/xy", async () => {
  const role = { RoleArn: "arn:aws:iam::111122223333:role/till", RoleSessionName: "xy" };
  return caller(as((await new sts.STSClient(as(key)).send(new sts.AssumeRoleCommand(role))).Credentials));
});

const url = (await queue("CreateQueue", { QueueName: "sdk-queue" })).QueueUrl;
await queue("SendMessage", { QueueUrl: url, MessageBody: "hi <é>" });
await expect("message", ["hi <é>"], async () =>
  (await queue("ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: 10 })).Messages.map((each) => each.Body));
await expect("no queue", "QueueDoesNotExist", () =>
  queue("SendMessage", { QueueUrl: url.replace("sdk-queue", "none"), MessageBody: "x" }));
