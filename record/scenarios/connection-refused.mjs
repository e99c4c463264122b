import { connect, sleep } from '../sockets.mjs';

export async function server() {} // is not running

export async function client() {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await connect(5432).then(() => Promise.reject(new Error('somebody listens on 5432')), (error) => {
      if (error.code !== 'ECONNREFUSED') throw error;
    });
    await sleep(500);
  }
}
