// The least that a program on the pcap-parser package can do: count.
import { parse } from 'pcap-parser';

let packets = 0;
const parser = parse(process.argv[2]);
parser.on('packet', () => {
  packets += 1;
});
parser.on('error', (error) => {
  throw error;
});
parser.on('end', () => console.log(packets));
