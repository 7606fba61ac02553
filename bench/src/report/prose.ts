// The sentences of docs/performance.md that hold no figures of a run.

export const INTRO = `# What it costs

<!-- Written by \`npm run docs -- performance\` from bench/published.json; do not edit. -->

\`GET /auth/me\` of a signed-in user, against a bare Fastify route that answers the same JSON and asks nobody who they are.
Ours are the built apps in whole product configuration: expiry of both kinds, \`no-store\`, \`x-served-by\`, metrics, the
index by user; logging at \`warn\`. The peers are small servers (\`bench/src/peers\`) set up as their own documentation shows,
with the same answer. “By hand” is what a session costs when nothing is safe: no expiry, no index, no sign-out.`;

export const HOW = `## How it is measured

\`\`\`sh
pnpm bench --quick                 # section load in under two minutes: to steer by
pnpm bench --quick --only jwt,redis
pnpm bench                         # all sections, about three quarters of an hour
pnpm bench load --rounds 9 --only redis --add   # more rounds of some
pnpm bench publish                 # takes bench/results into bench/published.json, and writes this page
npm run bench -- micro               # the steps of a request, one by one, without HTTP (mitata)
\`\`\`

- **Closed loop**: 50 connections, each asks again when it is answered. The highest throughput comes out of it; p50 and p99
  are the times of an answer at that throughput, not those of a server with room to spare.
- **One core for the server**, another for wrk. Redis shares the generator's core, and so does the bench itself. Without wrk,
  autocannon makes the load: it is slower than the fastest servers here, and shares come out nearer to 1.
- **Rounds are interleaved**: each runs every side once, in random order, each in a fresh process beside a fresh bare server; which
  of them starts first is drawn. Both rest for a moment, and a warm-up of both, in turn, is thrown away: processes of one program differ for as long as they live. Within it, slices of half a
  second on the side and on the bare server alternate. Such a run counts once: what it served is taken of the geometric mean of
  all bare servers of its round; the share is the geometric mean over rounds, with a 95 % interval (Student's t). The 10th and
  the 90th percentile are of single pairs of slices, the side's and the bare one's right before or after it.
- **A goal holds** where the whole interval is at it or above, and is missed where all of it is below; else the run cannot tell. Where
  it is to be as fast as another side, and the interval holds 1, no difference was shown. The bare route beside itself is
  measured in the same way: should its interval leave out 1, nothing is decided.
- **The bare route is one that waited for its first request**, as servers do. With that it has lost the quick way through
  \`process.nextTick\`, and answers about a fifth less for as long as it lives than one that is loaded the moment it listens. Our
  service keeps it by a trick of its own ([decision 5](decisions/0005-hot-path.md#the-slow-tick)), which is in our shares. The second
  row is a bare route with the same trick.
- **What is left out**: a server that is full works all the time. A pair in which either had its core for less than 85% of the
  slice is not believed, and is taken again; how many were left out stands in the terminal's table and in the JSON.
- **By CPU time** is the same share by requests for each second of the server process' processor time, in which the work of
  other processes on the machine is not contained. Where both differ much, the machine was busy.
- **p50 and p99** are of all answers of all rounds: histograms are added up (buckets of 4.4%), percentiles never averaged.
  What wrk adds of itself (samples between two, against coordinated omission) is taken out again, exactly: nothing is
  back-filled.
- **Different users**, one credential each, in turn. Before the load everybody is asked once: each answer must be that user's
  to the letter, and a request without a credential, or with a wrong one, must be 401. During the load every answer that is
  not 2xx counts, and any makes the run fail.
- **A token never seen**: every request of the load carries another token, signed by the bench with the server's own secret
  and sent once. There are more of them than a server could answer in the time, so that none comes round again.
- **Redis commands** are counted by Redis (\`INFO commandstats\`, reset before the load), those inside scripts included.`;

export const NOT_SAID = `## What it does not say

One machine with two cores, all on loopback: no network, no TLS, no proxy. Ratios carry over to another machine better than
figures do, but not unchanged: of the same code, a token that was never seen had 0.56 of bare on one virtual machine and 0.84 on
another. A route that does work of its own moves every share towards 1. The order in which processes start and the
operating system's timing are not under a seed.`;
