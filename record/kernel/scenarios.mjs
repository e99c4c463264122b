/**
 * What two sides may do to each other: by name, a function that draws its sizes and times.
 *
 * `client` and `server` hold a list of steps for each connection; player.py says what each step is. Besides:
 *   raw              the client is played by hand, segment by segment (raw_client.py); there is no socket on that side
 *   starts           seconds after `at` at which each of the client's connections begins; all from the same port
 *   noaccept         nobody calls accept()
 *   listener_close   seconds after `at` at which the listener is closed
 *   refuse           there is no listener
 *   listen_opts      options of the listener, which its connections inherit
 *   connect_opts     options of the client's sockets
 *   early            bytes that the client sends with its SYN (TCP Fast Open), once the server has given it a cookie
 *   crowd            so many clients of this one service, each doing the same, within half a second
 *   before           steps of the client before its connect()
 *   meanwhile        [seconds after `at`, step] of the client, whatever else it does
 *   connect_for      seconds after which the client gives its connect() up
 *   meet             seconds after `at` at which the server's side opens to the client, in place of a listener
 *   backlog          how many connections the listener keeps waiting (default 16)
 *   accept_after     seconds after `at` from which on the server calls accept()
 */
export const SCENARIOS = {
  client_close: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['sleep', draw.seconds(0, 0.5)], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['close']]],
    })),
  server_close: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['drain'], ['sleep', draw.seconds(0, 0.2)], ['close']]],
      server: [[['recv', ask], ['send', answer], ['close']]],
    })),
  simultaneous: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['until', 2], ['close']]], server: [[['recv', ask], ['until', 2], ['close']]],
    })),
  shut_rdwr: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['recv', 10], ['shutrdwr'], ['sleep', draw.seconds(0.1, 0.6)], ['close']]],
      server: [[['recv', ask], ['send', 10], ['drain'], ['close']]],
    })),
  idle_open: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['recv', 10], ['hold']]], server: [[['recv', ask], ['send', 10], ['hold']]],
    })),
  bulk_down: (draw) => ({
    client: [[['send', 100], ['drain'], ['close']]],
    server: [[['recv', 100], ['send', draw.pick([300_000, 1_500_000])], ['close']]],
  }),
  zero_window: (draw) => ({
    listen_opts: [['rcvbuf', 8192]], client: [[['sendnb', 4_000_000, draw.seconds(0.5, 1.5)], ['close']]],
    server: [[['sleep', draw.seconds(2, 6)], ['close']]],
  }),

  zero_window_drained: (draw) => ({
    listen_opts: [['rcvbuf', 8192]], client: [[['sendnb', 4_000_000, draw.seconds(0.5, 1)], ['close']]],
    server: [[['sleep', draw.seconds(1.5, 4)], ['drain'], ['close']]],
  }),
  zero_window_lingered: (draw) => ({
    listen_opts: [['rcvbuf', 8192]],
    client: [
      [
        ['sendnb', 4_000_000, 0.5], ['lingern', 1],
      ],
    ],
    server: [[['sleep', draw.seconds(2.5, 4)], ['drain'], ['close']]],
  }),
  tiny_window: (draw) => ({
    listen_opts: [['rcvbuf', 2304]], client: [[['send', draw.pick([4000, 20_000])], ['close']]],
    server: [[['sip', draw.pick([500, 2000]), draw.seconds(0.01, 0.2)], ['close']]],
  }),
  small_segments: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      connect_opts: [['maxseg', draw.pick([100, 300, 536])]], client: [[['send', ask], ['recv', answer], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['close']]],
    })),
  fast_open: (draw) => {
    const visits = [0, draw.seconds(1.2, 2), draw.seconds(3.5, 5)];
    const early = draw.pick([1, 100, 517]);
    return {
      starts: visits, early, listen_opts: [['fastopen', 16]], client: visits.map(() => [['drain'], ['close']]),
      server: visits.map(() => [['recv', early], ['send', 10], ['close']]),
    };
  },
  rounds: (draw) => {
    const [many, idle] = [draw.whole(2, 6), draw.seconds(0.5, 2)];
    const ask = Array.from({ length: many }, () => [
      ['send', 300], ['recv', 1000], ['sleep', draw.seconds(0, 0.3)],
    ]).flat();
    const answer = Array.from({ length: many }, () => [
      ['recv', 300], ['send', 1000],
    ]).flat();
    return {
      client: [[...ask, ['drain'], ['sleep', draw.seconds(0, 1)], ['close']]],
      server: [[...answer, ['sleep', idle], ['close']]],
    };
  },
  stale_request: (draw) => {
    const idle = draw.seconds(0.5, 3);
    return {
      client: [
        [
          ['send', 300], ['recv', 1000], ['until', draw.pick([idle, idle + 1, idle + 8])], ['send', 300],
          ['recv', 1000], ['close'],
        ],
      ],
      server: [[['recv', 300], ['send', 1000], ['until', idle], ['close']]],
    };
  },
  pipelined: (draw) => ({
    client: [[['send', 300], ['sleep', 0.01], ['send', 300], ['send', 300], ['drain'], ['close']]],
    server: [[['recv', 300], ['sleep', draw.seconds(0.1, 0.5)], ['send', draw.size()], ['close']]],
  }),
  lingering_close: (draw) => ({
    client: [[['send', draw.pick([300_000, 1_500_000])], ['drain'], ['close']]],
    server: [[['recv', 100], ['send', 200], ['shutwr'], ['drain'], ['close']]],
  }),
  early_answer: (draw) => ({
    client: [[['send', draw.pick([120_000, 1_500_000])], ['drain'], ['close']]],
    server: [[['recv', 100], ['send', 200], ['close']]],
  }),

  leak: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['close']]], server: [[['recv', ask], ['send', answer], ['hold']]],
    })),
  leak_sent_after_eof: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['shutwr'], ['sleep', draw.seconds(1, 4)], ['hold']]],
      server: [[['drain'], ['send', answer], ['hold']]],
    })),
  slow: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['sleep', draw.seconds(1, 12)], ['close']]],
    })),
  half_close: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['shutwr'], ['drain'], ['close']]],
      server: [[['drain'], ['sleep', draw.seconds(0, 4)], ['send', answer], ['close']]],
    })),

  half_close_stream: (draw) => ({
    client: [[['send', 300], ['shutwr'], ['drain'], ['close']]],
    server: [
      [['drain'], ['trickle', draw.whole(3, 12), draw.pick([100, 1448, 20_000]), draw.seconds(0.1, 0.6)], ['close']],
    ],
  }),
  server_half_closes: (draw) => ({
    client: [
      [
        ['send', 100], ['drain'], ['trickle', draw.whole(2, 8), draw.pick([100, 1448]), draw.seconds(0.1, 0.5)],
        ['close'],
      ],
    ],
    server: [[['recv', 100], ['send', 100], ['shutwr'], ['drain'], ['close']]],
  }),
  half_close_cut: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['shutwr'], ['sleep', draw.seconds(0.5, 2)], ['close']]],
      server: [[['drain'], ['trickle', draw.whole(8, 20), 1000, 0.3], ['close']]],
    })),
  shut_rd: (draw) => ({
    client: [[['send', 100], ['trickle', 5, draw.pick([10, 1448]), 0.2], ['close']]],
    server: [[['recv', 100], ['shutrd'], ['sleep', draw.pick([0.5, 2])], ['close']]],
  }),
  lent: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['lend', draw.seconds(1, 8)], ['close']]],
    })),
  accepted_late: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      accept_after: draw.seconds(1, 5), client: [[['send', ask], ['sleep', draw.seconds(0.5, 4)], ['close']]],
      server: [[['recv', ask], ['send', answer], ['sleep', 0.1], ['send', answer], ['drain'], ['close']]],
    })),

  push_to_closed: (draw) => pushes(draw, draw.seconds(0.5, 3)),
  push_to_closed_late: (draw) => pushes(draw, draw.seconds(8, 11)),
  request_then_gone: (draw) => ({
    client: [[['send', 300], ['sleep', draw.seconds(0.2, 0.8)], ['close']]],
    server: [
      [['recv', 300], ['sleep', draw.seconds(1.5, 4)], ['send', 2000], ['sleep', 0.2], ['send', 2000], ['close']],
    ],
  }),
  client_gone_early: (draw) =>
    exchange(draw, () => {
      const half = draw.pick([20_000, 120_000]);
      return {
        client: [[['send', 100], ['recv', 1000], ['close']]],
        server: [[['recv', 100], ['send', half], ['sleep', 0.2], ['send', half], ['drain'], ['close']]],
      };
    }),

  linger0_client: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['sleep', draw.seconds(0.3, 0.9)], ['linger0']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['close']]],
    })),
  linger0_server: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['drain'], ['close']]],
      server: [[['recv', ask], ['send', answer], ['sleep', draw.seconds(0.5, 1)], ['linger0']]],
    })),
  linger0_unread: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['sleep', draw.seconds(0.3, 0.9)], ['linger0']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['close']]],
    })),
  linger0_after_fin: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['shutwr'], ['sleep', draw.seconds(0.5, 3)], ['linger0']]],
      server: [[['drain'], ['hold']]],
    })),
  linger0_in_close_wait: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['close']]], server: [[['drain'], ['sleep', draw.seconds(1, 3)], ['linger0']]],
    })),
  linger_n: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [
        [
          ['send', ask], ['lingern', 3],
        ],
      ],
      server: [[['drain'], ['close']]],
    })),
  linger2_negative: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['recv', answer], ['drain'], ['close']]],
      server: [[['linger2', -1], ['recv', ask], ['send', answer], ['sleep', draw.seconds(0, 0.5)], ['close']]],
    })),
  linger2_short: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['linger2', draw.whole(1, 3)], ['send', ask], ['recv', answer], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['sleep', draw.seconds(0.5, 5)], ['send', 26], ['close']]],
    })),
  pool_linger0: (draw) => {
    const many = draw.whole(2, 5);
    return {
      client: [
        [
          ...Array.from({ length: many }, () => [
            ['send', 300], ['recv', 1000], ['sleep', draw.seconds(0, 0.3)],
          ]).flat(),
          ['linger0'],
        ],
      ],
      server: [
        [
          ...Array.from({ length: many }, () => [
            ['recv', 300], ['send', 1000],
          ]).flat(),
          ['drain'], ['close'],
        ],
      ],
    };
  },
  both_abort: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['until', 2], ['linger0']]], server: [[['recv', ask], ['until', 2], ['linger0']]],
    })),
  bulk_abort: () => ({
    client: [[['send', 100], ['recv', 50_000], ['linger0']]], server: [[['recv', 100], ['send', 1_500_000], ['close']]],
  }),
  two_incarnations_rst: (draw) =>
    exchange(draw, ({ ask }) => ({
      starts: [0, draw.seconds(0.5, 1.5)],
      client: [
        [['send', ask], ['linger0']], [['send', ask], ['close']],
      ],
      server: twice([['recv', ask], ['drain'], ['close']]),
    })),

  unread_client: (draw) =>
    exchange(draw, ({ ask, answer }) => ({
      client: [[['send', ask], ['sleep', draw.seconds(0.5, 1.5)], ['close']]],
      server: [[['recv', ask], ['send', answer], ['drain'], ['close']]],
    })),
  unread_server: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['send', 10], ['drain'], ['close']]],
      server: [[['sleep', draw.seconds(0.5, 1.5)], ['close']]],
    })),
  unread_partial: (draw) => ({
    client: [[['send', draw.pick([4000, 20_000])], ['drain'], ['close']]],
    server: [[['recv', 100], ['send', 50], ['sleep', draw.seconds(0.2, 0.6)], ['close']]],
  }),
  unread_urgent: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sendoob'], ['drain'], ['close']]],
      server: [[['recv', ask], ['sleep', draw.seconds(0.2, 1)], ['close']]],
    })),
  unread_crossing: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['until', 2], ['send', 1000], ['close']]],
      server: [[['recv', ask], ['until', 2], ['send', 1000], ['close']]],
    })),
  disconnect: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sleep', draw.seconds(0.3, 1)], ['disconnect'], ['close']]],
      server: [[['recv', ask], ['drain'], ['close']]],
    })),
  destroy_in_close_wait: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['close']]],
      server: [[['drain'], ['sleep', draw.seconds(0.3, 2)], ['destroy'], ['close']]],
    })),
  destroy: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sleep', draw.seconds(0.3, 1)], ['destroy'], ['close']]],
      server: [[['recv', ask], ['drain'], ['close']]],
    })),
  destroy_server: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['drain'], ['close']]],
      server: [[['recv', ask], ['sleep', draw.seconds(0.3, 1)], ['destroy'], ['close']]],
    })),

  refused: () => ({ refuse: true, client: [[]], server: [] }),
  never_accepted: (draw) => ({
    noaccept: true, client: [[['send', 200], ['sleep', draw.seconds(1.5, 3.5)], ['close']]], server: [],
  }),
  backlog_full: (draw) => ({
    crowd: draw.whole(3, 6), backlog: 1, accept_after: draw.seconds(1.5, 5),
    client: [[['send', 200], ['recv', 10], ['close']]],
    server: Array.from({ length: 6 }, () => [['recv', 200], ['send', 10], ['drain'], ['close']]),
  }),
  backlog_closed: (draw) => ({
    crowd: draw.whole(2, 5), noaccept: true, backlog: draw.pick([1, 16]), listener_close: draw.seconds(1.5, 5),
    client: [[['send', draw.pick([10, 200, 4000])], ['drain'], ['close']]], server: [],
  }),
  several: (draw) =>
    exchange(draw, ({ ask, answer }) => {
      const crowd = draw.whole(2, 5);
      const leaks = draw.whole(0, crowd);
      return {
        crowd, client: [[['send', ask], ['recv', answer], ['close']]],
        server: Array.from({ length: crowd }, (_, turn) => [
          ['recv', ask], ['send', answer], ['drain'], turn < leaks ? ['hold'] : ['close'],
        ]),
      };
    }),
  listener_closed: (draw) => ({
    noaccept: true, listener_close: draw.seconds(3, 4.5), client: [[['send', 200], ['drain'], ['close']]], server: [],
  }),

  keepalive_ok: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sleep', draw.seconds(5, 9)], ['close']]],
      server: [[['keepalive', 1, 1, 3], ['recv', ask], ['drain'], ['close']]],
    })),
  keepalive_dead: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sleep', 0.5], ['blackhole'], ['hold']]],
      server: [
        [['keepalive', draw.whole(1, 3), draw.whole(1, 2), draw.whole(2, 4)], ['recv', ask], ['drain'], ['close']],
      ],
    })),
  user_timeout: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['recv', 10], ['blackhole'], ['hold']]],
      server: [
        [['usertimeout', 3000], ['recv', ask], ['send', 10], ['sleep', 1], ['send', 1000], ['drain'], ['close']],
      ],
    })),
  half_open: (draw) => ({
    client: [[['send', 100], ['sleep', 0.3], ['blackhole'], ['linger0']]],
    server: [
      [
        ['recv', 100], ['sleep', draw.seconds(3, 5)], ['unblackhole'], ['send', 30], ['sleep', 1], ['send', 30],
        ['close'],
      ],
    ],
  }),

  user_timeout_keepalive: (draw) =>
    exchange(draw, ({ ask }) => ({
      client: [[['send', ask], ['sleep', 0.5], ['blackhole'], ['hold']]],
      server: [
        [['keepalive', 1, 1, 9], ['usertimeout', draw.pick([2500, 3500, 5000])], ['recv', ask], ['drain'], ['close']],
      ],
    })),
  outage: (draw) => ({
    client: [
      [
        ['send', 100], ['recv', 100], ['blackhole'], ['send', 1000], ['sleep', draw.seconds(0.3, 4)], ['unblackhole'],
        ['recv', 10], ['close'],
      ],
    ],
    server: [[['recv', 100], ['send', 100], ['recv', 1000], ['send', 10], ['drain'], ['close']]],
  }),
  outage_at_close: (draw) => ({
    client: [
      [
        ['send', 100], ['recv', 100], ['blackhole'], ['sleep', 0.2], ['close'], ['sleep', draw.seconds(0.3, 3)],
        ['unblackhole'],
      ],
    ],
    server: [[['recv', 100], ['send', 100], ['drain'], ['sleep', draw.seconds(0, 1)], ['close']]],
  }),
  rejected: (draw) => ({
    client: [[['send', 100], ['recv', 10], ['sleep', draw.seconds(0.5, 2)], ['send', 100], ['recv', 10], ['close']]],
    server: [[['recv', 100], ['send', 10], ['reject'], ['drain'], ['close']]],
  }),

  connect_given_up: (draw) => ({
    before: [[draw.pick(['blackhole', 'deafen'])]], connect_for: draw.seconds(0.2, 4), client: [[]],
    server: [[['hold']]],
  }),
  connect_given_up_late: (draw) => ({
    before: [['deafen']], connect_for: draw.seconds(0.2, 2), meanwhile: [[draw.seconds(2, 6), ['undeafen']]],
    client: [[]], server: [[['recv', 10], ['close']]],
  }),
  connect_delayed: (draw) => {
    const cut = draw.pick(['blackhole', 'deafen', 'mute']);
    return {
      before: [[cut]], meanwhile: [[draw.seconds(0.3, 4), [`un${cut}`]]],
      client: [[['send', 100], ['recv', 10], ['close']]], server: [[['recv', 100], ['send', 10], ['drain'], ['close']]],
    };
  },
  simultaneous_open: (draw) => ({
    // Both SYNs are lost, or only the first: the client's next one meets a socket that has sent its own.
    meet: 0.2,
    before: [['blackhole']],
    meanwhile: [[0.5, ['unblackhole']]],
    client: [[['send', 100], ['recv', 10], ['sleep', draw.seconds(0, 1)], ['close']]],
    server: [[['recv', 100], ['send', 10], ['drain'], ['close']]],
  }),
  one_way: (draw) => {
    const cut = draw.pick(['mute', 'deafen']);
    return {
      client: [
        [
          ['send', 100], ['recv', 10], [cut], ['send', draw.size()], ['sleep', draw.seconds(0.3, 4)], ['close'],
          ['sleep', draw.seconds(0.5, 4)], [`un${cut}`],
        ],
      ],
      server: [[['recv', 100], ['send', 10], ['sleep', draw.seconds(0, 3)], ['send', 200], ['drain'], ['close']]],
    };
  },
  close_unheard: (draw) => {
    const cut = draw.pick(['blackhole', 'mute', 'deafen']);
    return {
      client: [[['send', 100], ['recv', 10], [cut], ['sleep', draw.seconds(1, 8)], [`un${cut}`], ['drain'], ['close']]],
      server: [[['recv', 100], ['send', 10], ['sleep', 0.4], ['close']]],
    };
  },
  both_close_unheard: (draw) => ({
    client: [
      [
        ['send', 100], ['recv', 10], ['blackhole'], ['sleep', draw.seconds(0.2, 1)], ['close'],
        ['sleep', draw.seconds(0.5, 8)], ['unblackhole'],
      ],
    ],
    server: [[['recv', 100], ['send', 10], ['sleep', draw.seconds(0.3, 2)], ['close']]],
  }),
  leak_keepalive: (draw) => ({
    client: [[['send', 100], ['recv', 10], ['close']]],
    server: [[['keepalive', draw.whole(1, 4), draw.whole(1, 2), 3], ['recv', 100], ['send', 10], ['hold']]],
  }),
  deferred: (draw) => ({
    listen_opts: [['deferaccept', draw.pick([1, 3])]],
    client: [[['sleep', draw.seconds(0, 4)], ['send', 100], ['recv', 10], ['close']]],
    server: [[['recv', 100], ['send', 10], ['drain'], ['close']]],
  }),
  hang_up: (draw) => ({
    client: [[['sleep', draw.seconds(0, 0.3)], ['send', 100], ['drain'], ['close']]], server: [[['close']]],
  }),

  tw_reuse_ok: (draw) =>
    exchange(draw, ({ ask }) => ({
      starts: [0, draw.seconds(2, 5)], client: twice([['send', ask], ['recv', 10], ['close']]),
      server: twice([['recv', ask], ['send', 10], ['drain'], ['close']]),
    })),
  tw_server_reuse: (draw) =>
    exchange(draw, ({ ask }) => {
      const second = draw.seconds(1.2, 3);
      const visits = [0, second, second + draw.seconds(1.2, 4)];
      return {
        starts: visits, client: visits.map(() => [['send', ask], ['drain'], ['close']]),
        server: visits.map(() => [['recv', ask], ['send', 10], ['close']]),
      };
    }),
  port_churn: (draw) => {
    const visits = Array.from({ length: draw.whole(3, 8) }, (_, visit) => Math.round(visit * 400) / 1000);
    return {
      starts: visits, client: visits.map(() => [['send', 50], ['drain'], ['close']]),
      server: visits.map(() => [['recv', 50], ['send', 10], ['close']]),
    };
  },
  tw_collision: (draw) =>
    afterTimeWait(
      draw,
      (sequence) => [
        ['sleep', draw.seconds(0.5, 3)], ['syn', sequence - 5_000_000], ['rst_at_ack'], ['sleep', 1],
        ...visit(sequence - 5_000_000),
      ],
      2,
    ),
  tw_collision_noretry: (draw) =>
    afterTimeWait(
      draw,
      (sequence) => [
        ['sleep', draw.seconds(0.5, 3)], ['syn', sequence - 5_000_000], ['sleep', 1], ['syn', sequence - 5_000_000],
        ['sleep', 2], ['syn', sequence - 5_000_000],
      ],
      1,
    ),
  tw_quick_rst: (draw) => afterTimeWait(draw, (sequence) => [['rst'], ['sleep', 0.5], ...visit(sequence - 900_000)], 2),
  stray_after_close: (draw) =>
    afterTimeWait(
      draw,
      () => [
        ['sleep', 0.5], ['stray', 5], ['sleep', 0.5],
      ],
      1,
    ),

  windows_fw2_rst: (draw) =>
    byHand(
      [
        ['connect', draw.initialSequence()], ['data', 20], ['wait', 16], ['sleep', 0.5], ['fin'], ['wait', 16],
        ['sleep', draw.seconds(11.5, 12.5)], ['rstack'],
      ],
      [[['recv', 20], ['send', 10], ['drain'], ['hold']]],
    ),
  windows_closed_push: (draw) =>
    byHand(
      [['connect', draw.initialSequence()], ['data', 20], ['wait', 24], ['ack'], ['fin'], ['wait', 24, 6], ['rstack']],
      [
        [
          ['recv', 20], ['send', 10], ['drain'], ['sleep', draw.seconds(1, 3)], ['send', 26], ['sleep', 0.3],
          ['send', 26], ['close'],
        ],
      ],
    ),
  synfin: (draw) =>
    byHand(
      [
        ['synfin', draw.initialSequence()], ['wait', 16, 1],
      ],
      [answerAndClose()],
    ),
  half_open_scan: (draw) => byHand([['syn', draw.initialSequence()], ['rst_at_ack']], [answerAndClose()]),
  syn_only: (draw) =>
    byHand(
      [
        ['syn', draw.initialSequence()], ['sleep', 2],
      ],
      [answerAndClose()],
    ),
  refin: (draw) =>
    byHand(
      [
        ['connect', draw.initialSequence()], ['data', 20], ['wait', 16], ['fin'], ['sleep', 0.3], ['refin'],
        ['sleep', 0.3], ['refin'], ['wait', 1, 5], ['ack'],
      ],
      [[['recv', 20], ['drain'], ['sleep', 2], ['close']]],
    ),
  oow_rst: (draw) =>
    byHand(
      [
        ['connect', draw.initialSequence()], ['data', 20], ['wait', 24], ['ack'], ['oow_rst', 3000], ['sleep', 0.5],
        ['data', 5], ['sleep', 0.5], ['fin'], ['wait', 1], ['ack'],
      ],
      [answerAndDrain()],
    ),
  injected_rst: (draw) =>
    byHand(
      [
        ['connect', draw.initialSequence()], ['data', 20], ['wait', 24], ['ack'], ['sleep', 0.5],
        ['rstttl', draw.pick([58, 128, 240])], ['sleep', 0.2], ['data', 5], ['wait', 4],
      ],
      [answerAndDrain()],
    ),

  random: (draw) => ({ client: [anything(draw)], server: [anything(draw)] }),
};

function exchange(draw, steps) {
  return steps({ ask: draw.size(), answer: draw.size() });
}

function pushes(draw, later) {
  return {
    client: [[['send', draw.size()], ['close']]],
    server: [[['drain'], ['sleep', later], ['send', 26], ['sleep', 0.3], ['send', 26], ['close']]],
  };
}

function byHand(client, server) {
  return { raw: true, client: [client], server };
}

/** A client by hand whose server closes first, and so holds TIME-WAIT when the next steps come. */
function afterTimeWait(draw, steps, visits) {
  const sequence = draw.initialSequence();
  return byHand(
    [...visit(sequence), ['sleep', 0.2], ...steps(sequence)], Array.from({ length: visits }, answerAndClose),
  );
}

function visit(sequence) {
  return [['connect', sequence], ['data', 20], ['wait', 1], ['fin']];
}

function answerAndClose() {
  return [['recv', 20], ['send', 10], ['close']];
}

function answerAndDrain() {
  return [['recv', 20], ['send', 10], ['drain'], ['close']];
}

function twice(steps) {
  return [steps, steps];
}

/** Up to six steps nobody has thought about, and one of the four ways to end. */
function anything(draw) {
  const step = () => draw.pick([
    ['send', draw.size()], ['send', draw.size()], ['sleep', draw.seconds(0, 1.4)], ['sleep', draw.seconds(0, 1.4)],
    ['recv', draw.pick([1, 10, 100])], ['until', draw.whole(1, 4)], ...(draw.chance(0.4) ? [['shutwr']] : []),
  ]);
  const steps = Array.from({ length: draw.whole(0, 6) }, step);
  const end = draw.pick([
    [['close']], [['close']], [['close']], [['close']], [['close']], [['hold']],
    [['linger0']], [['shutrdwr'], ['sleep', draw.seconds(0.2, 2)], ['close']],
  ]);
  return [...steps, ...end];
}
