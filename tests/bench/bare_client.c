/* The bare MQTT 5 client that the benches measure against, and the load that they measure with.
 *
 *   bare_client PORT subscribe CLIENT_ID FILTER COUNT
 *       Receives COUNT messages with QoS 1 from the persistent session CLIENT_ID, acknowledges those
 *       of each read with one send and looks at nothing in them. Prints the seconds from the first
 *       message to the last, and ends the session. COUNT 0 only makes the session, so that a backlog
 *       can be published; COUNT -1 only ends it.
 *   bare_client PORT publish SITE POINTS COUNT RATE BATCH EPOCH_MS
 *       Publishes COUNT messages with QoS 1 at RATE a second (0: as fast as the broker takes them).
 *       BATCH 1: one reading each, round the POINTS of SITE/main; BATCH n: n points of SITE/main in
 *       one. The first stamp is EPOCH_MS, and a point's next one is 50 ms later; EPOCH_MS 0 stamps with
 *       the clock. Prints the seconds until the last acknowledgement.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16, WINDOW_MESSAGES = 5000, STEP_MS = 50, PACKET_LIMIT_BYTES = 8192 };
enum { CONNACK = 0x20, PUBLISH = 0x30, PUBACK = 0x40, SUBACK = 0x90 };

static int sock;
static uint8_t in[BUFFER_BYTES * 4];
static size_t in_size, in_used;

static void fail(const char *what) {
    fprintf(stderr, "bare_client: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void send_all(const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(sock, data, size, 0);
        if (sent <= 0) fail("send");
        data += sent;
        size -= sent;
    }
}

/* Wait up to `timeout_ms` for bytes and append them. */
static void receive(int timeout_ms) {
    struct pollfd wait = {.fd = sock, .events = POLLIN};
    if (poll(&wait, 1, timeout_ms) <= 0) return;
    memmove(in, in + in_used, in_size - in_used);
    in_size -= in_used;
    in_used = 0;
    ssize_t got = recv(sock, in + in_size, BUFFER_BYTES, 0);
    if (got <= 0) fail("the broker closed the connection");
    in_size += got;
}

/* Return the next whole packet after its length, with its first byte and size; NULL: none is there. */
static const uint8_t *next_packet(uint8_t *kind, size_t *size) {
    size_t length = 0, at = in_used + 1;
    for (int shift = 0;; shift += 7) {
        if (at >= in_size) return NULL;
        length |= (size_t)(in[at] & 127) << shift;
        if (!(in[at++] & 128)) break;
    }
    if (in_size - at < length) return NULL;
    *kind = in[in_used];
    *size = length;
    in_used = at + length;
    return in + at;
}

static const uint8_t *wait_for(uint8_t kind) {
    uint8_t found;
    size_t size;
    for (;;) {
        const uint8_t *packet = next_packet(&found, &size);
        if (packet && found == kind) return packet;
        if (!packet) receive(1000);
    }
}

static size_t put_string(uint8_t *to, const char *text) {
    size_t size = strlen(text);
    to[0] = size >> 8;
    to[1] = size & 255;
    memcpy(to + 2, text, size);
    return size + 2;
}

static size_t put_length(uint8_t *to, size_t length) {
    size_t used = 0;
    do {
        to[used++] = (length & 127) | (length > 127 ? 128 : 0);
        length >>= 7;
    } while (length);
    return used;
}

static void open_session(int port, const char *client_id) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sock = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(sock, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* MQTT 5, session kept, keep-alive 0, session expiry an hour, receive maximum 40 000 */
    uint8_t packet[300] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 5, 0, 0, 0, 8,
                           0x11, 0, 0, 0x0e, 0x10, 0x21, 40000 >> 8, 40000 & 255};
    packet[1] = 19 + put_string(packet + 21, client_id);
    send_all(packet, packet[1] + 2);
    if (wait_for(CONNACK)[1] != 0) fail("the broker refuses us");
}

static void subscribe(const char *client_id, const char *filter, long count, int port) {
    open_session(port, client_id);
    if (count == 0) {
        uint8_t packet[300] = {0x82, 0, 0, 1, 0};
        size_t size = 5 + put_string(packet + 5, filter);
        packet[size] = 1;
        packet[1] = size - 1;
        send_all(packet, size + 1);
        wait_for(SUBACK);
        send_all((uint8_t[]){0xe0, 0}, 2);
        return;
    }
    static uint8_t acks[BUFFER_BYTES * 4];
    double began_s = 0;
    long seen = 0;
    while (seen < count) {
        uint8_t kind;
        size_t size, acks_size = 0;
        const uint8_t *packet;
        while ((packet = next_packet(&kind, &size)))
            if ((kind & 0xf6) == (PUBLISH | 2)) {
                if (seen++ == 0) began_s = now_s();
                const uint8_t *mid = packet + 2 + (packet[0] << 8 | packet[1]);
                memcpy(acks + acks_size, (uint8_t[]){PUBACK, 2, mid[0], mid[1]}, 4);
                acks_size += 4;
            }
        send_all(acks, acks_size);
        if (seen < count) receive(1000);
    }
    printf("%.6f\n", now_s() - began_s);
    /* Goodbye, with a session expiry of 0. */
    send_all((uint8_t[]){0xe0, 7, 0, 5, 0x11, 0, 0, 0, 0}, 9);
}

static size_t put_stamp(char *to, long long ms) {
    time_t seconds = ms / 1000;
    struct tm at;
    gmtime_r(&seconds, &at);
    return sprintf(to, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", at.tm_year + 1900, at.tm_mon + 1,
                   at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec, (int)(ms % 1000));
}

/* Write message `number` as a PUBLISH packet and return its size. */
static size_t put_publish(uint8_t *to, const char *site, long number, long points, int batch,
                          long long epoch_ms) {
    static char payload[PACKET_LIMIT_BYTES];
    char topic[100], stamp[80];
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    long first = number * batch % points;
    long round = number * batch / points;
    put_stamp(stamp, epoch_ms ? epoch_ms + round * STEP_MS
                              : clock.tv_sec * 1000LL + clock.tv_nsec / 1000000);
    size_t size;
    if (batch == 1) {
        sprintf(topic, "%s/main/p%04ld", site, first);
        size = sprintf(payload, "{\"t\": \"%s\", \"v\": %.3f, \"s\": 0}", stamp,
                       100 + number % 977 / 7.0);
    } else {
        sprintf(topic, "%s/main", site);
        size = sprintf(payload, "{\"t\": \"%s\", \"v\": {", stamp);
        for (int each = 0; each < batch; each++)
            size += sprintf(payload + size, "%s\"p%04ld\": %.3f", each ? ", " : "", first + each,
                            100 + (number + each) % 977 / 7.0);
        size += sprintf(payload + size, "}}");
    }
    size_t head = 1 + put_length(to + 1, strlen(topic) + 5 + size);
    to[0] = PUBLISH | 2;
    head += put_string(to + head, topic);
    uint16_t mid = number % 65535 + 1;
    to[head++] = mid >> 8;
    to[head++] = mid & 255;
    to[head++] = 0; /* no properties */
    memcpy(to + head, payload, size);
    return head + size;
}

static void publish(const char *site, long points, long count, double rate, int batch,
                    long long epoch_ms, int port) {
    char client_id[40];
    static uint8_t out[BUFFER_BYTES];
    long sent = 0, acknowledged = 0;
    sprintf(client_id, "load %d", (int)getpid());
    open_session(port, client_id);
    double began_s = now_s();
    while (acknowledged < count) {
        long due = rate > 0 ? (long)((now_s() - began_s) * rate) + 1 : count;
        size_t size = 0;
        if (due > count) due = count;
        while (sent < due && sent - acknowledged < WINDOW_MESSAGES &&
               size < BUFFER_BYTES - PACKET_LIMIT_BYTES)
            size += put_publish(out + size, site, sent++, points, batch, epoch_ms);
        send_all(out, size);
        uint8_t kind;
        if (rate > 0) poll(NULL, 0, 1); /* pace by the millisecond, not by the message */
        receive(size || rate > 0 ? 0 : 1);
        while (next_packet(&kind, &size)) acknowledged += kind == PUBACK;
    }
    printf("%.6f\n", now_s() - began_s);
    send_all((uint8_t[]){0xe0, 0}, 2);
}

int main(int count, char **words) {
    if (count == 6 && !strcmp(words[2], "subscribe"))
        subscribe(words[3], words[4], atol(words[5]), atoi(words[1]));
    else if (count == 9 && !strcmp(words[2], "publish"))
        publish(words[3], atol(words[4]), atol(words[5]), atof(words[6]), atoi(words[7]),
                atoll(words[8]), atoi(words[1]));
    else
        fail("see the head of bare_client.c for how it is called");
    shutdown(sock, SHUT_WR);
    while (recv(sock, in, sizeof in, 0) > 0) {} /* until the broker has read the goodbye */
    close(sock);
    return 0;
}
