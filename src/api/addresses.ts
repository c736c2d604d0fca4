/** Where things are, as Location headers and problems name them. */

export const productAddress = (id: string): string => `/api/products/${id}/`;

export const warehouseAddress = (code: string): string => `/api/warehouses/${code}/`;

export const transferAddress = (id: string): string => `/api/stock-transfers/${id}/`;

export const orderAddress = (id: string): string => `/api/orders/${id}/`;

export const returnAddress = (orderId: string, id: string): string => `/api/orders/${orderId}/returns/${id}/`;

export const keyAddress = (id: string): string => `/api/keys/${id}/`;

export const findingsAddress = '/api/system/findings/';

export const reservationAddress = (id: string): string => `/api/reservations/${id}/`;
