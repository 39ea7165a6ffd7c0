/*
** digest: fingerprints that others compute as well: MD5 (RFC 1321), SHA-1 and
** SHA-256 (FIPS 180-4), CRC-32 (that of zip and PNG).  For comparing, not for
** secrets: MD5 and SHA-1 are broken.
*/
#include "base/base.h"

static inline u32 digestLeft(u32 x, u32 n) { return x << n | x >> (32 - n); }
static inline u32 digestRight(u32 x, u32 n) { return x >> n | x << (32 - n); }

static inline u32 digestBig(const u8 *p) {
  return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* floor(2^32 * abs(sin(i + 1))) */
static const u32 digest_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
    0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
    0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static void digestMd5(u32 h[8], const u8 *p) {
  static const u8 shift[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20},
      {4, 11, 16, 23}, {6, 10, 15, 21}};
  u32 a = h[0], b = h[1], c = h[2], d = h[3];
  for (u32 i = 0; i < 64; i++) {
    u32 f, g, t;
    switch (i / 16) {
    case 0: f = (b & c) | (~b & d); g = i; break;
    case 1: f = (d & b) | (~d & c); g = (5 * i + 1) & 15; break;
    case 2: f = b ^ c ^ d; g = (3 * i + 5) & 15; break;
    default: f = c ^ (b | ~d); g = 7 * i & 15;
    }
    t = d;
    d = c;
    c = b;
    b += digestLeft(a + f + digest_sines[i] + snGet32(p + 4 * g),
        shift[i / 16][i & 3]);
    a = t;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
}

static void digestSha1(u32 h[8], const u8 *p) {
  u32 w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (u32 i = 0; i < 16; i++) w[i] = digestBig(p + 4 * i);
  for (u32 i = 16; i < 80; i++)
    w[i] = digestLeft(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (u32 i = 0; i < 80; i++) {
    u32 f, k, t;
    if (i < 20) f = (b & c) | (~b & d), k = 0x5a827999;
    else if (i < 40) f = b ^ c ^ d, k = 0x6ed9eba1;
    else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    else f = b ^ c ^ d, k = 0xca62c1d6;
    t = digestLeft(a, 5) + f + e + k + w[i];
    e = d;
    d = c;
    c = digestLeft(b, 30);
    b = a;
    a = t;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
}

/* Fractions of the cube roots of the first 64 primes. */
static const u32 digest_roots[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void digestSha256(u32 h[8], const u8 *p) {
  u32 w[64], v[8];
  for (u32 i = 0; i < 16; i++) w[i] = digestBig(p + 4 * i);
  for (u32 i = 16; i < 64; i++) {
    u32 x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] +
        (digestRight(x, 7) ^ digestRight(x, 18) ^ x >> 3) +
        (digestRight(y, 17) ^ digestRight(y, 19) ^ y >> 10);
  }
  memcpy(v, h, sizeof v);
  for (u32 i = 0; i < 64; i++) {
    u32 a = v[0], e = v[4];
    u32 t = v[7] + digest_roots[i] + w[i] + ((e & v[5]) ^ (~e & v[6])) +
        (digestRight(e, 6) ^ digestRight(e, 11) ^ digestRight(e, 25));
    u32 u = ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2])) +
        (digestRight(a, 2) ^ digestRight(a, 13) ^ digestRight(a, 22));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t;
    v[0] = t + u;
  }
  for (u32 i = 0; i < 8; i++) h[i] += v[i];
}

static void digestBlock(Digest *d, const u8 *p) {
  if (d->kind == DIGEST_MD5) digestMd5(d->h, p);
  else if (d->kind == DIGEST_SHA1) digestSha1(d->h, p);
  else digestSha256(d->h, p);
}

void snDigestBegin(Digest *d, DigestKind kind) {
  static const u32 start[2][8] = {
      {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
      {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
          0x1f83d9ab, 0x5be0cd19}};
  *d = (Digest){.kind = (u8)kind};
  memcpy(d->h, start[kind == DIGEST_SHA256], sizeof d->h);
}

void snDigestBlocks(Digest *d, const void *p, size_t n) {
  assert(n % 64 == 0);
  d->n += n;
  for (const u8 *at = p; n; n -= 64, at += 64) digestBlock(d, at);
}

u32 snDigestEnd(Digest *d, const void *p, size_t n, u8 out[DIGEST_MOST]) {
  static const u32 words[] = {4, 5, 8};
  size_t left = n % 64;
  const u8 *at = p;
  u8 tail[128] = {0};
  u64 all = d->n + n;
  snDigestBlocks(d, p, n - left);
  if (left) at += n - left;
  /* The rest, a bit, and the length in bits at the end of a block. */
  if (left) memcpy(tail, at, left);
  tail[left] = 0x80;
  size_t end = left < 56 ? 64 : 128;
  for (u32 i = 0; i < 8; i++) {
    u32 shift = d->kind == DIGEST_MD5 ? 8 * i : 56 - 8 * i;
    tail[end - 8 + i] = (u8)(all * 8 >> shift);
  }
  digestBlock(d, tail);
  if (end == 128) digestBlock(d, tail + 64);
  for (u32 i = 0; i < 4 * words[d->kind]; i++) {
    u32 shift = 8 * (d->kind == DIGEST_MD5 ? i & 3 : 3 - (i & 3));
    out[i] = (u8)(d->h[i / 4] >> shift);
  }
  return 4 * words[d->kind];
}

/* By half bytes. */
u32 snDigestCrc32(u32 crc, const void *p, size_t n) {
  static const u32 table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
      0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344,
      0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const u8 *at = p;
  u32 c = ~crc;
  for (size_t i = 0; i < n; i++) {
    c ^= at[i];
    c = c >> 4 ^ table[c & 15];
    c = c >> 4 ^ table[c & 15];
  }
  return ~c;
}
