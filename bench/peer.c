/*
 * The libzmq side of the benchmark: one process, one role. Speaks the same command line as peer-ours.mjs and
 * peer-addon.mjs (see bench/README.md):
 *
 *     peer ROLE ENDPOINT[,ENDPOINT] SIZE COUNT [hwm=N] [peers=N] [topics=N] [window=N] [type=NAME] [curve=1]
 *          [stay=1] [limit=SECONDS]
 *
 * "@tcp://..." binds, ">tcp://..." connects. Prints "ready ENDPOINT..." when it may be connected to, and one line of
 * JSON at the end. Roles that serve run until SIGTERM. Messages are made as libzmq's own perf tools make them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/prctl.h>
#endif

#define TOPIC_SIZE 8
#define POOL 1000

struct args {
  const char *role;
  char *endpoint;
  size_t size;
  long count;
  int hwm;
  int peers;
  long topics;
  int window;
  int curve;
  int parts;
  int burst;
  int stay;
  const char *type;
};

static struct args args = {.hwm = 1000, .peers = 1, .topics = 0, .window = 1, .parts = 1, .burst = 500, .type = ""};
static void *context;
static volatile sig_atomic_t stopped;

/* ---- small helpers ---- */

static void on_term(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

/* For calls that give -1 on error. A signal to stop is not an error: the caller looks at `stopped`. */
static int check(int result, const char *what) {
  if (result < 0 && !(stopped && zmq_errno() == EINTR)) fail(what);
  return result;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static long peak_kb(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return usage.ru_maxrss / 1024;
#else
  return usage.ru_maxrss;
#endif
}

/* Resident memory now; 0 where the system does not tell. */
static double resident_bytes(void) {
  long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* The line of JSON: the fields of the format, and the peak memory. */
static void report(const char *format, ...) {
  va_list list;
  va_start(list, format);
  printf("{");
  vprintf(format, list);
  printf("%s\"peakKb\":%ld}\n", format[0] == '\0' ? "" : ",", peak_kb());
  fflush(stdout);
  va_end(list);
}

static void set_int(void *socket, int option, int value) {
  check(zmq_setsockopt(socket, option, &value, sizeof value), "zmq_setsockopt");
}

static void *open_socket(int type) {
  void *socket = zmq_socket(context, type);
  if (socket == NULL) fail("zmq_socket");
  set_int(socket, ZMQ_SNDHWM, args.hwm);
  set_int(socket, ZMQ_RCVHWM, args.hwm);
  return socket;
}

/* Keys that libzmq's manual gives as examples: no secrets, and the same in roles/endpoint.mjs. */
static const char *SERVER_PUBLIC = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
static const char *SERVER_SECRET = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
static const char *CLIENT_PUBLIC = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char *CLIENT_SECRET = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

/* With curve=1 who binds is the server. */
static void encrypt(void *socket, int binds) {
  if (!args.curve) return;
  if (binds) {
    set_int(socket, ZMQ_CURVE_SERVER, 1);
    check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, SERVER_SECRET, 41), "ZMQ_CURVE_SECRETKEY");
    return;
  }
  check(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, SERVER_PUBLIC, 41), "ZMQ_CURVE_SERVERKEY");
  check(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, CLIENT_PUBLIC, 41), "ZMQ_CURVE_PUBLICKEY");
  check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, CLIENT_SECRET, 41), "ZMQ_CURVE_SECRETKEY");
}

/* Binds or connects. Prints the endpoint that was bound, without a line end. */
static void attach(void *socket, const char *endpoint) {
  char last[256];
  size_t size = sizeof last;
  encrypt(socket, endpoint[0] != '>');
  if (endpoint[0] == '>') {
    check(zmq_connect(socket, endpoint + 1), endpoint);
    return;
  }
  check(zmq_bind(socket, endpoint + 1), endpoint);
  check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, last, &size), "ZMQ_LAST_ENDPOINT");
  printf(" %s", last);
}

static void *open_at(int type, const char *endpoint) {
  void *socket = open_socket(type);
  printf("ready");
  attach(socket, endpoint);
  printf("\n");
  fflush(stdout);
  return socket;
}

static void send_part(void *socket, size_t size, int flags) {
  zmq_msg_t message;
  check(zmq_msg_init_size(&message, size), "zmq_msg_init_size");
  check(zmq_msg_send(&message, socket, flags), "zmq_msg_send");
}

static void send_new(void *socket, size_t size) { send_part(socket, size, 0); }

static void receive_sized(void *socket, zmq_msg_t *message, size_t size) {
  check(zmq_msg_recv(message, socket, 0), "zmq_msg_recv");
  if (zmq_msg_size(message) != size) {
    fprintf(stderr, "expected %zu bytes, got %zu\n", size, zmq_msg_size(message));
    exit(1);
  }
}

/*
 * With stay=1 the socket stays open until the parent ends this process. libzmq 4.3.4 loses messages over ipc when the
 * sender closes while the receiver is at its high-water mark: the hang-up ends reading before all has been read.
 */
static void finish(void *socket) {
  while (args.stay && !stopped) pause();
  zmq_close(socket);
  zmq_ctx_term(context);
}

/* ---- throughput: PUSH to PULL ---- */

static void run_pull(void) {
  void *socket = open_at(ZMQ_PULL, args.endpoint);
  zmq_msg_t message;
  zmq_msg_init(&message);
  receive_sized(socket, &message, args.size);
  for (int part = 1; part < args.parts; part++) receive_sized(socket, &message, args.size);
  double start = now();
  for (long i = args.parts; i < args.count * args.parts; i++) receive_sized(socket, &message, args.size);
  double seconds = now() - start;
  report("\"seconds\":%.9f,\"counted\":%ld", seconds, args.count - 1);
  finish(socket);
}

static void run_push(void) {
  void *socket = open_at(ZMQ_PUSH, args.endpoint);
  double start = now();
  for (long i = 0; i < args.count; i++) {
    for (int part = 1; part < args.parts; part++) send_part(socket, args.size, ZMQ_SNDMORE);
    send_new(socket, args.size);
  }
  report("\"seconds\":%.9f,\"counted\":%ld", now() - start, args.count);
  finish(socket);
}

/* ---- latency: REQ and REP. The first tenth of the round trips warms up ---- */

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double at_fraction(const double *sorted, long length, double fraction) {
  long index = (long)((double)length * fraction);
  return sorted[index < length ? index : length - 1];
}

static void run_rep(void) {
  void *socket = open_at(ZMQ_REP, args.endpoint);
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long i = 0; i < args.count; i++) {
    receive_sized(socket, &message, args.size);
    check(zmq_msg_send(&message, socket, 0), "zmq_msg_send");
  }
  report("");
  finish(socket);
}

static void run_req(void) {
  void *socket = open_at(ZMQ_REQ, args.endpoint);
  long warm = args.count / 10, length = args.count - warm;
  double *half = malloc(sizeof(double) * (size_t)length);
  double seconds = 0;
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long i = 0; i < args.count; i++) {
    double start = now();
    send_new(socket, args.size);
    receive_sized(socket, &message, args.size);
    double trip = now() - start;
    if (i < warm) continue;
    half[i - warm] = trip * 1e6 / 2;
    seconds += trip;
  }
  qsort(half, (size_t)length, sizeof(double), by_value);
  report("\"seconds\":%.9f,\"counted\":%ld,\"half\":%.3f,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f", seconds, length,
         seconds * 1e6 / 2 / (double)length, at_fraction(half, length, 0.5), at_fraction(half, length, 0.99),
         at_fraction(half, length, 0.999));
  free(half);
  finish(socket);
}

/* ---- fan-out: an XPUB that drops nothing, and `peers` subscribers, a thread each ---- */

static void *open_publisher(void) {
  void *socket = open_socket(ZMQ_XPUB);
  set_int(socket, ZMQ_XPUB_NODROP, 1);
  set_int(socket, ZMQ_XPUB_VERBOSE, 1);
  printf("ready");
  attach(socket, args.endpoint);
  printf("\n");
  fflush(stdout);
  return socket;
}

static void run_pub(void) {
  void *socket = open_publisher();
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (int i = 0; i < args.peers; i++) check(zmq_msg_recv(&message, socket, 0), "zmq_msg_recv");
  double start = now();
  for (long i = 0; i < args.count; i++) send_new(socket, args.size);
  report("\"seconds\":%.9f,\"counted\":%ld", now() - start, args.count);
  finish(socket);
}

struct subscriber {
  void *socket;
  double start;
  double end;
};

static void *subscriber_thread(void *argument) {
  struct subscriber *self = argument;
  zmq_msg_t message;
  zmq_msg_init(&message);
  receive_sized(self->socket, &message, args.size);
  self->start = now();
  for (long i = 1; i < args.count; i++) receive_sized(self->socket, &message, args.size);
  self->end = now();
  return NULL;
}

static void run_sub(void) {
  struct subscriber *all = calloc((size_t)args.peers, sizeof *all);
  pthread_t *threads = calloc((size_t)args.peers, sizeof *threads);
  printf("ready\n");
  fflush(stdout);
  for (int i = 0; i < args.peers; i++) {
    all[i].socket = open_socket(ZMQ_SUB);
    check(zmq_setsockopt(all[i].socket, ZMQ_SUBSCRIBE, "", 0), "ZMQ_SUBSCRIBE");
    attach(all[i].socket, args.endpoint);
  }
  for (int i = 0; i < args.peers; i++) pthread_create(&threads[i], NULL, subscriber_thread, &all[i]);
  double start = 0, end = 0;
  for (int i = 0; i < args.peers; i++) {
    pthread_join(threads[i], NULL);
    if (start == 0 || all[i].start < start) start = all[i].start;
    if (all[i].end > end) end = all[i].end;
  }
  report("\"seconds\":%.9f,\"counted\":%ld", end - start, args.count * args.peers - 1);
  exit(0);
}

/* ---- many subscriptions held: see roles/subscriptions.mjs. Topics t0000000 ..., "go" and "end" ---- */

static void topic_name(char *into, long index) {
  char text[24];
  snprintf(text, sizeof text, "t%07ld", index);
  memcpy(into, text, TOPIC_SIZE);
}

static void run_topics_pub(void) {
  void *socket = open_publisher();
  zmq_msg_t message;
  zmq_msg_init(&message);
  check(zmq_msg_recv(&message, socket, 0), "zmq_msg_recv");
  check(zmq_send(socket, "go", 2, 0), "zmq_send");
  double before = resident_bytes();
  for (long i = 0; i <= args.topics; i++) check(zmq_msg_recv(&message, socket, 0), "zmq_msg_recv");
  double held = resident_bytes() - before;

  char *pool = calloc(POOL, args.size);
  for (long i = 0; i < POOL; i++) topic_name(pool + (size_t)i * args.size, i * args.topics / POOL);
  for (long i = 0; i < args.count; i++) {
    zmq_msg_t next;
    check(zmq_msg_init_size(&next, args.size), "zmq_msg_init_size");
    memcpy(zmq_msg_data(&next), pool + (size_t)(i % POOL) * args.size, args.size);
    check(zmq_msg_send(&next, socket, 0), "zmq_msg_send");
  }
  free(pool);

  for (long i = 0; i < args.topics; i++) check(zmq_msg_recv(&message, socket, 0), "zmq_msg_recv");
  check(zmq_send(socket, "end", 3, 0), "zmq_send");
  report("\"heldBytes\":%.0f", held);
  finish(socket);
}

static void run_topics_sub(void) {
  void *socket = open_socket(ZMQ_SUB);
  char topic[TOPIC_SIZE];
  zmq_msg_t message;
  zmq_msg_init(&message);
  /* Beyond its high-water mark libzmq drops subscriptions. */
  set_int(socket, ZMQ_SNDHWM, 0);
  printf("ready");
  attach(socket, args.endpoint);
  printf("\n");
  fflush(stdout);
  check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "go", 2), "ZMQ_SUBSCRIBE");
  receive_sized(socket, &message, 2);

  double start = now();
  for (long i = 0; i < args.topics; i++) {
    topic_name(topic, i);
    check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topic, TOPIC_SIZE), "ZMQ_SUBSCRIBE");
  }
  check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "end", 3), "ZMQ_SUBSCRIBE");
  receive_sized(socket, &message, args.size);
  double subscribing = now() - start;

  start = now();
  for (long i = 1; i < args.count; i++) receive_sized(socket, &message, args.size);
  double seconds = now() - start;

  start = now();
  for (long i = 0; i < args.topics; i++) {
    topic_name(topic, i);
    check(zmq_setsockopt(socket, ZMQ_UNSUBSCRIBE, topic, TOPIC_SIZE), "ZMQ_UNSUBSCRIBE");
  }
  receive_sized(socket, &message, 3);
  report("\"seconds\":%.9f,\"counted\":%ld,\"subscribing\":%.9f,\"cancelling\":%.9f", seconds, args.count - 1,
         subscribing, now() - start);
  finish(socket);
}

/* ---- echo: a ROUTER or DEALER that sends back what comes, until SIGTERM ---- */

static void run_echo(void) {
  void *socket = open_socket(strcmp(args.type, "router") == 0 ? ZMQ_ROUTER : ZMQ_DEALER);
  set_int(socket, ZMQ_BACKLOG, 8192);
  printf("ready");
  attach(socket, args.endpoint);
  printf("\n");
  fflush(stdout);
  double before = resident_bytes(), held = 0;
  long messages = 0;
  zmq_msg_t message;
  zmq_msg_init(&message);
  while (!stopped) {
    if (zmq_msg_recv(&message, socket, 0) < 0) {
      check(-1, "zmq_msg_recv");
      continue;
    }
    int more = zmq_msg_more(&message);
    check(zmq_msg_send(&message, socket, more ? ZMQ_SNDMORE : 0), "zmq_msg_send");
    /* The first message of each peer has come: all are connected. */
    if (!more && ++messages == args.peers) held = resident_bytes() - before;
  }
  report("\"heldBytes\":%.0f", held);
  exit(0);
}

/* ---- dealers: `peers` DEALERs in one thread, each with `window` messages under way ---- */

struct dealer {
  void *socket;
  long sent;
  long received;
};

static void run_dealers(void) {
#ifdef __linux__
  struct dealer *all = calloc((size_t)args.peers, sizeof *all);
  struct epoll_event *ready = calloc((size_t)args.peers, sizeof *ready);
  zmq_msg_t message;
  zmq_msg_init(&message);
  int poller = epoll_create1(0);
  printf("ready\n");
  fflush(stdout);
  for (int i = 0; i < args.peers; i++) {
    all[i].socket = open_socket(ZMQ_DEALER);
    attach(all[i].socket, args.endpoint);
    send_new(all[i].socket, args.size);
  }
  for (int i = 0; i < args.peers; i++) {
    receive_sized(all[i].socket, &message, args.size);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    int fd = -1;
    size_t size = sizeof fd;
    check(zmq_getsockopt(all[i].socket, ZMQ_FD, &fd, &size), "ZMQ_FD");
    check(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  long share = (args.count + args.peers - 1) / args.peers, total = share * args.peers, done = 0;
  double start = now();
  for (int i = 0; i < args.peers; i++) {
    while (all[i].sent < args.window && all[i].sent < share) {
      send_new(all[i].socket, args.size);
      all[i].sent++;
    }
  }
  /* The first turn looks at all: sending may have taken in the signal that something came. */
  for (int i = 0; i < args.peers; i++) ready[i].data.ptr = &all[i];
  for (int length = args.peers; done < total; length = check(epoll_wait(poller, ready, args.peers, -1), "epoll_wait")) {
    for (int i = 0; i < length; i++) {
      struct dealer *dealer = ready[i].data.ptr;
      /* Ends with an empty receive, which leaves the socket's descriptor quiet. */
      while (zmq_msg_recv(&message, dealer->socket, ZMQ_DONTWAIT) >= 0) {
        dealer->received++;
        done++;
        if (dealer->sent == share) continue;
        send_new(dealer->socket, args.size);
        dealer->sent++;
      }
      if (zmq_errno() != EAGAIN) check(-1, "zmq_msg_recv");
    }
    if (done == total) break;
  }
  report("\"seconds\":%.9f,\"counted\":%ld", now() - start, total);
  exit(0);
#else
  fprintf(stderr, "the dealers role needs epoll\n");
  exit(1);
#endif
}

/* ---- flood: a DEALER with `window` messages under way at an echo, until SIGTERM ---- */

static void run_flood(void) {
  void *socket = open_at(ZMQ_DEALER, args.endpoint);
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (int i = 0; i < args.window; i++) send_new(socket, args.size);
  while (!stopped) {
    if (zmq_msg_recv(&message, socket, 0) >= 0) send_new(socket, args.size);
    else check(-1, "zmq_msg_recv");
  }
  report("");
  exit(0);
}

/* ---- trickle: see roles/fairness.mjs ---- */

static void run_trickle(void) {
  const struct timespec pause_time = {.tv_nsec = 1000000};
  void *socket = open_at(ZMQ_DEALER, args.endpoint);
  long warm = args.count / 10, length = args.count - warm;
  double *half = malloc(sizeof(double) * (size_t)length);
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long i = 0; i < args.count; i++) {
    nanosleep(&pause_time, NULL);
    double start = now();
    send_new(socket, args.size);
    receive_sized(socket, &message, args.size);
    if (i >= warm) half[i - warm] = (now() - start) * 1e6 / 2;
  }
  qsort(half, (size_t)length, sizeof(double), by_value);
  report("\"p50\":%.3f,\"p99\":%.3f", at_fraction(half, length, 0.5), at_fraction(half, length, 0.99));
  free(half);
  exit(0);
}

/* ---- inproc: bursts from one socket to another of the same thread ---- */

static void run_inproc(void) {
  void *pull = open_socket(ZMQ_PULL);
  void *push = open_socket(ZMQ_PUSH);
  zmq_msg_t message;
  zmq_msg_init(&message);
  printf("ready\n");
  check(zmq_bind(pull, "inproc://bench"), "zmq_bind");
  check(zmq_connect(push, "inproc://bench"), "zmq_connect");
  double start = now();
  long done = 0;
  for (; done < args.count; done += args.burst) {
    for (int i = 0; i < args.burst; i++) send_new(push, args.size);
    for (int i = 0; i < args.burst; i++) receive_sized(pull, &message, args.size);
  }
  double seconds = now() - start;
  report("\"seconds\":%.9f,\"counted\":%ld", seconds, done);
  zmq_close(push);
  finish(pull);
}

/* ---- threads: PUSH in a thread of its own, PULL in this one ---- */

static void *push_in_thread(void *unused) {
  (void)unused;
  void *push = open_socket(ZMQ_PUSH);
  check(zmq_connect(push, "inproc://bench"), "zmq_connect");
  for (long i = 0; i < args.count; i++) send_new(push, args.size);
  zmq_close(push);
  return NULL;
}

static void run_threads(void) {
  void *pull = open_socket(ZMQ_PULL);
  zmq_msg_t message;
  zmq_msg_init(&message);
  pthread_t thread;
  printf("ready\n");
  check(zmq_bind(pull, "inproc://bench"), "zmq_bind");
  if (pthread_create(&thread, NULL, push_in_thread, NULL) != 0) fail("pthread_create");
  receive_sized(pull, &message, args.size);
  double start = now();
  for (long i = 1; i < args.count; i++) receive_sized(pull, &message, args.size);
  double seconds = now() - start;
  pthread_join(thread, NULL);
  report("\"seconds\":%.9f,\"counted\":%ld", seconds, args.count - 1);
  finish(pull);
}

/* ---- proxy: until SIGTERM ---- */

static void run_proxy(void) {
  int routes = strcmp(args.type, "router-dealer") == 0;
  void *front = open_socket(routes ? ZMQ_ROUTER : ZMQ_XSUB);
  void *back = open_socket(routes ? ZMQ_DEALER : ZMQ_XPUB);
  if (!routes) set_int(back, ZMQ_XPUB_NODROP, 1);
  char *second = strchr(args.endpoint, ',');
  if (second == NULL) {
    fprintf(stderr, "a proxy takes two endpoints\n");
    exit(1);
  }
  *second++ = '\0';
  printf("ready");
  attach(front, args.endpoint);
  attach(back, second);
  printf("\n");
  fflush(stdout);
  while (!stopped) zmq_proxy(front, back, NULL);
  report("");
  exit(0);
}

/* ---- cycles: a new DEALER, connected, one echo, closed, again and again ---- */

static void run_cycles(void) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  printf("ready\n");
  fflush(stdout);
  double start = now();
  for (long i = 0; i < args.count; i++) {
    void *socket = open_socket(ZMQ_DEALER);
    attach(socket, args.endpoint);
    send_new(socket, args.size);
    receive_sized(socket, &message, args.size);
    zmq_close(socket);
  }
  zmq_ctx_term(context);
  report("\"seconds\":%.9f,\"counted\":%ld", now() - start, args.count);
}

/* ---- the command line ---- */

static const struct {
  const char *name;
  void (*run)(void);
} ROLES[] = {
    {"pull", run_pull},     {"push", run_push},       {"rep", run_rep},       {"req", run_req},
    {"pub", run_pub},       {"sub", run_sub},         {"echo", run_echo},     {"dealers", run_dealers},
    {"inproc", run_inproc}, {"proxy", run_proxy},     {"cycles", run_cycles}, {"topics-pub", run_topics_pub},
    {"topics-sub", run_topics_sub}, {"flood", run_flood}, {"trickle", run_trickle},
    {"threads", run_threads},
};

static const char *value_of(const char *argument, const char *name) {
  size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

int main(int argc, char **argv) {
  unsigned limit = 120;
  if (argc < 5) {
    fprintf(stderr, "usage: peer ROLE ENDPOINT SIZE COUNT [name=value ...]\n");
    return 2;
  }
  args.role = argv[1];
  args.endpoint = argv[2];
  args.size = (size_t)strtoul(argv[3], NULL, 10);
  args.count = strtol(argv[4], NULL, 10);
  for (int i = 5; i < argc; i++) {
    const char *value;
    if ((value = value_of(argv[i], "hwm"))) args.hwm = atoi(value);
    if ((value = value_of(argv[i], "peers"))) args.peers = atoi(value);
    if ((value = value_of(argv[i], "topics"))) args.topics = atol(value);
    if ((value = value_of(argv[i], "window"))) args.window = atoi(value);
    if ((value = value_of(argv[i], "curve"))) args.curve = atoi(value);
    if ((value = value_of(argv[i], "parts"))) args.parts = atoi(value);
    if ((value = value_of(argv[i], "burst"))) args.burst = atoi(value);
    if ((value = value_of(argv[i], "stay"))) args.stay = atoi(value);
    if ((value = value_of(argv[i], "type"))) args.type = value;
    if ((value = value_of(argv[i], "limit"))) limit = (unsigned)atoi(value);
  }

  /* Dies by itself, whatever becomes of the parent. */
  alarm(limit);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  struct sigaction action = {.sa_handler = on_term};
  sigaction(SIGTERM, &action, NULL);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  context = zmq_ctx_new();
  check(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, args.peers + 100), "ZMQ_MAX_SOCKETS");
  for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++) {
    if (strcmp(ROLES[i].name, args.role) == 0) {
      ROLES[i].run();
      return 0;
    }
  }
  fprintf(stderr, "there is no role %s\n", args.role);
  return 2;
}
