-- What customers are told at first; change the rows and start the service again.

INSERT INTO template (type, subject, body) VALUES
('OrderCompleted', 'Your order {orderId} is complete',
'Good news: your order {orderId} is paid for, and everything you ordered is reserved for you.
'),
('OrderCancelled', 'Your order {orderId} was cancelled',
'Your order {orderId} was cancelled.

Reason: {reason}

If money was taken, all of it has been given back.
'),
('PaymentFailed', 'The payment of {amount} failed',
'The payment of {amount} for your order {orderId} did not go through.

Reason: {reason}

You have not been charged.
');
